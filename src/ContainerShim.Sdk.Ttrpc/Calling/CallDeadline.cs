using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

internal static class CallDeadline
{
    /// <summary>What is left until the call's deadline, perhaps nothing; null where it has none.</summary>
    internal static TimeSpan? Remaining(in CallOptions options, TimeProvider time)
    {
        if (options.Deadline is not { } deadline || deadline == DateTime.MaxValue)
        {
            return null;
        }

        return deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
    }
}
