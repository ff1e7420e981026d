using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>An exclusive flock(2) on a directory, which needs no file of its own. Held until it is disposed, or the process ends.</summary>
internal readonly struct DirectoryLock : IDisposable
{
    private readonly SafeFd _directory;

    private DirectoryLock(SafeFd directory) => _directory = directory;

    /// <summary>Waits for the lock. Whoever holds it does so for a few system calls.</summary>
    public static DirectoryLock Take(string path)
    {
        SafeFd directory = Libc.Open(path, OpenFlags.CloseOnExec | OpenFlagsByArchitecture.Directory);
        try
        {
            Libc.LockExclusively(directory);
            return new DirectoryLock(directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    public void Dispose() => _directory.Dispose();
}
