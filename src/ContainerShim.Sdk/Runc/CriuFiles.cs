using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>The directory in which criu works during a checkpoint, and the log it leaves there.</summary>
internal sealed class CriuFiles : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly bool _isTemporary;

    internal CriuFiles(RuntimeContainer container, RuntimeCheckpoint checkpoint)
    {
        LogCopy = Path.Join(container.Bundle, "criu-dump.log");
        _isTemporary = checkpoint.WorkPath.Length == 0;
        WorkPath = _isTemporary ? Path.Join(RuncArguments.DefaultWorkPath(container), "criu-work") : checkpoint.WorkPath;
        try
        {
            Directory.CreateDirectory(WorkPath, OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The runtime tries again and says why it cannot.
        }
    }

    internal string WorkPath { get; }

    /// <summary>Where the log of a failed checkpoint is found afterwards.</summary>
    internal string LogCopy { get; }

    /// <summary>Keeps the log; there is none when the runtime failed before it came to criu.</summary>
    internal void KeepLog()
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
