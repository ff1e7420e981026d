using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>The directory in which criu works during a checkpoint, and the log it leaves there.</summary>
internal sealed class CriuFiles : IDisposable
{
    private readonly bool _isTemporary;

    internal CriuFiles(RuntimeContainer container, RuntimeCheckpoint checkpoint)
    {
        LogCopy = Path.Join(container.Bundle, "criu-dump.log");
        _isTemporary = checkpoint.WorkPath.Length == 0;
        WorkPath = _isTemporary ? Path.Join(RuncArguments.DefaultWorkPath(container), "criu-work") : checkpoint.WorkPath;
        try
        {
            Directory.CreateDirectory(WorkPath, DirectoryModes.OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The runtime tries again and says why it cannot.
        }
    }

    internal string WorkPath { get; }

    /// <summary>Where the log of a failed checkpoint is found afterwards.</summary>
    private string LogCopy { get; }

    /// <summary>Refuses a restore from nothing: runc would make the directory, and then miss a file in it.</summary>
    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal static void DemandImage(RuntimeContainer container, RuntimeRestore restore)
    {
        // The runtime runs in the bundle.
        string path = Path.GetFullPath(restore.ImagePath, container.Bundle);
        if (!HasFiles(path))
        {
            throw ShimException.InvalidArgument($"OCI runtime restore failed: there is no checkpoint in {path}");
        }
    }

    /// <summary>Keeps the log of a checkpoint that failed, and tells where it is.</summary>
    internal ShimException Explain(RuntimeReply reply, string failure, RuntimeLog log)
    {
        KeepLog();
        string line = failure.Split('\n', 2)[0];

        // crun prints what criu complained of first, and what failed last.
        int excerpt = line.IndexOf(": --- excerpt from CRIU log", StringComparison.Ordinal);
        string text = excerpt < 0 ? line : log.Explain(line[..excerpt], "criu failed");
        return RuntimeErrors.Of(reply, $"{text} path= {LogCopy}");
    }

    private static bool HasFiles(string directory)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(directory).Any();
        }
        catch (UnauthorizedAccessException)
        {
            // The runtime may see more, or says why it cannot.
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>There is none when the runtime failed before it came to criu.</summary>
    private void KeepLog()
    {
        try
        {
            File.Copy(Path.Join(WorkPath, "dump.log"), LogCopy, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isTemporary)
        {
            return;
        }

        try
        {
            Directory.Delete(WorkPath, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It lies below the container's work directory, which containerd removes.
        }
    }
}
