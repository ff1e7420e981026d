namespace ContainerShim.Sdk.Stdio;

/// <summary>The log files that are open, each once: the streams that share a file share its rotation.</summary>
internal sealed class LogFiles(StdioServices services)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LogFile> _files = new(StringComparer.Ordinal);

    /// <summary>Opens a file for one stream more.</summary>
    /// <exception cref="ShimException">InvalidArgument: it is open already, and is written in another way.</exception>
    internal LogFile Open(LogFileOptions options)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(options.Path, out LogFile? file))
            {
                file = new LogFile(services, options);
                _files.Add(options.Path, file);
            }
            else if (file.Options != options)
            {
                throw ShimException.InvalidArgument($"log file \"{options.Path}\" is being written with another format or other limits");
            }

            file.Streams++;
            return file;
        }
    }

    /// <summary>One stream less; with the last one the file is closed.</summary>
    internal void Release(LogFile file)
    {
        lock (_lock)
        {
            if (--file.Streams == 0)
            {
                _files.Remove(file.Options.Path);
                file.Dispose();
            }
        }
    }
}
