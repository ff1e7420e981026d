using System.Diagnostics;
using Grpc.Core;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>The W3C trace context of a request, as containerd's <c>otelttrpc</c> puts it into ttrpc metadata.</summary>
internal static class TraceContext
{
    private const string ParentKey = "traceparent";
    private const string StateKey = "tracestate";

    private static readonly AsyncLocal<ActivityContext> Ambient = new();

    /// <summary>The context of the request that is being served; default when it has none.</summary>
    public static ActivityContext Remote
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    /// <summary>The context in metadata; default when there is none, or none that is valid.</summary>
    public static ActivityContext Read(Metadata headers) =>
        ActivityContext.TryParse(headers.GetValue(ParentKey), headers.GetValue(StateKey), isRemote: true, out ActivityContext context) ? context : default;

    /// <summary>The context of whatever is going on here, as text; nulls when it is not traced.</summary>
    public static (string? Parent, string? State) Current()
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            return (activity.Id, activity.TraceStateString);
        }

        ActivityContext remote = Remote;
        return remote == default
            ? (null, null)
            : ($"00-{remote.TraceId.ToHexString()}-{remote.SpanId.ToHexString()}-{(int)remote.TraceFlags:x2}", remote.TraceState);
    }
}
