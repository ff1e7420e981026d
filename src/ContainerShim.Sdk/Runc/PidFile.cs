using System.Globalization;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Runc;

/// <summary>The file into which the runtime writes the pid of the process it made.</summary>
internal static class PidFile
{
    /// <summary>Takes away an older process's file, which a runtime that wrote none would make us believe.</summary>
    internal static void Clear(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The runtime replaces it, or says why it cannot.
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="kind"><c>container</c> or <c>exec</c>, for the message.</param>
    /// <exception cref="ShimException">Unknown: the runtime has left no pid.</exception>
    internal static int Read(string path, string kind)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string reason = exception is FileNotFoundException or DirectoryNotFoundException
                ? LinuxException.Describe(Errno.ENOENT)
                : exception.Message;
            throw ShimException.Unknown($"failed to retrieve OCI runtime {kind} pid: open {path}: {reason}", exception, ShimErrorReason.RuntimeFailed);
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
            ? pid
            : throw ShimException.Unknown($"failed to retrieve OCI runtime {kind} pid: parsing {Quoted.Text(text)}: invalid syntax", reason: ShimErrorReason.RuntimeFailed);
    }
}
