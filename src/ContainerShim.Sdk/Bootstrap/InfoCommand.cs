using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Types;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Services;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary><c>-info</c>: tells what the shim is and what its runtime can do. containerd 2 asks before it uses any shim but its own.</summary>
internal sealed class InfoCommand(string name, string version, string revision, IOciRuntime runtime)
{
    public async Task RunAsync(Stream input, Stream output, CancellationToken cancellationToken)
    {
        Any? options = ReadOptions(input);
        RuntimeInfo info = new()
        {
            Name = name,
            Version = new RuntimeVersion { Version = version, Revision = revision },
            Options = options,
            Features = await FeaturesAsync(OptionsMapping.ToRuntimeOptions(options), cancellationToken).ConfigureAwait(false),
        };
        info.WriteTo(output);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static Any? ReadOptions(Stream input)
    {
        ReadOnlySpan<byte> bytes = StartInput.ReadAll(input);
        return bytes.IsEmpty ? null : Any.Parser.ParseFrom(bytes);
    }

    /// <summary>Features are absent when the runtime cannot tell them: old runtimes have no such command.</summary>
    private async Task<Any?> FeaturesAsync(RuntimeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            RuntimeDescription description = await runtime.DescribeAsync(options, cancellationToken).ConfigureAwait(false);
            return description.Features.IsEmpty
                ? null
                : new Any { TypeUrl = TypeUrls.OciFeatures, Value = ByteString.CopyFrom(description.Features.Span) };
        }
        catch (ShimException)
        {
            return null;
        }
    }
}
