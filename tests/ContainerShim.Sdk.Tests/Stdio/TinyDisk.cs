using System.Diagnostics;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>A file system of a few KiB, which is soon full. Needs root.</summary>
internal sealed class TinyDisk : IDisposable
{
    internal TinyDisk(string size)
    {
        Path = Directory.CreateTempSubdirectory("shim-disk").FullName;
        Run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", Path);
    }

    internal string Path { get; }

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    /// <summary>Takes all room there is.</summary>
    internal void Fill()
    {
        using FileStream ballast = new(System.IO.Path.Combine(Path, "ballast"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        Assert.That(
            () =>
            {
                while (true)
                {
                    ballast.Write(new byte[4096]);
                }
            },
            Throws.InstanceOf<IOException>());
    }

    /// <summary>Gives the room back.</summary>
    internal void Free() => File.Delete(System.IO.Path.Combine(Path, "ballast"));

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, program);
    }
}
