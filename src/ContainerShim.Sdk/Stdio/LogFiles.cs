namespace ContainerShim.Sdk.Stdio;

/// <summary>The log files that are open, each once: the streams that share a file share its rotation. Safe for use from several threads.</summary>
internal sealed class LogFiles(StdioServices services)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (LogFile File, LogFileOptions Options)> _files = new(StringComparer.Ordinal);
    private readonly HashSet<Task> _closing = [];

    /// <summary>Opens a file for one stream more. The opening is waited for, not done, by the caller: the disk may not answer.</summary>
    /// <exception cref="ShimException">InvalidArgument: it is open already, and is written in another way.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    internal async Task<LogFile> OpenAsync(LogFileOptions options, CancellationToken cancellationToken)
    {
        LogFile file = Find(options);
        try
        {
            await file.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch
        {
            Release(options.Path, file);
            throw;
        }
    }

    /// <summary>One stream less; with the last one the file is closed.</summary>
    internal void Release(string path, LogFile file)
    {
        lock (_lock)
        {
            if (--file.Streams > 0)
            {
                return;
            }

            _files.Remove(path);
        }

        Task closing = file.CloseAsync();
        lock (_lock)
        {
            _closing.RemoveWhere(static task => task.IsCompleted);
            _closing.Add(closing);
        }
    }

    /// <summary>Ends when all that the streams have handed on so far has been written or lost, and the files without a stream are closed.</summary>
    internal Task WrittenAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll([.. _closing, .. _files.Values.Select(static known => known.File.WrittenAsync())]);
        }
    }

    private LogFile Find(LogFileOptions options)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(options.Path, out (LogFile File, LogFileOptions Options) known))
            {
                ILogTarget target = services.DecorateTarget(new LogRotation(services, options));
                known = (new LogFile(services, target, options.Path, options.Format), options);
                _files.Add(options.Path, known);
            }
            else if (known.Options != options)
            {
                throw ShimException.InvalidArgument($"log file \"{options.Path}\" is being written with another format or other limits");
            }

            known.File.Streams++;
            return known.File;
        }
    }
}
