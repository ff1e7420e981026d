using System.Collections.Concurrent;

namespace ContainerShim.Sdk.Runc;

/// <summary>Tells crun from the others by its version message, asked once per state of the binary.</summary>
internal sealed class CrunDetector(RuntimeInvoker invoker, RuntimeBinary binary, TimeSpan timeout)
{
    private readonly ConcurrentDictionary<(string Path, DateTime Written), bool> _known = new();

    internal async Task<bool> IsCrunAsync(string binaryName, CancellationToken cancellationToken)
    {
        (string, DateTime) key;
        try
        {
            string path = binary.Find(binaryName);
            key = (path, File.GetLastWriteTimeUtc(path));
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.Unknown)
        {
            // The call itself will say that there is no such binary.
            return false;
        }

        if (_known.TryGetValue(key, out bool isCrun))
        {
            return isCrun;
        }

        RuntimeCall call = new()
        {
            BinaryName = binaryName, Command = "--version", Arguments = ["--version"], ReadsAnswer = true, Timeout = timeout,
        };
        RuntimeReply reply = await invoker.RunAsync(call, cancellationToken).ConfigureAwait(false);
        isCrun = reply.Answer.AsSpan().StartsWith("crun "u8);
        if (reply.Failure is null)
        {
            _known[key] = isCrun;
        }

        return isCrun;
    }
}
