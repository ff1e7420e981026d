using System.Diagnostics;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>A file system of its own that can be frozen: whoever writes to it then waits in the kernel. Needs root, a loop device and e2fsprogs.</summary>
internal sealed class FrozenDisk : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("shim-frozen").FullName;
    private readonly bool _mounted;
    private bool _frozen;

    internal FrozenDisk()
    {
        try
        {
            string image = System.IO.Path.Combine(_directory, "image");
            using (FileStream file = File.Create(image))
            {
                file.SetLength(16 << 20);
            }

            Directory.CreateDirectory(Path);
            Run("/sbin/mkfs.ext4", "-q", "-F", image);
            Run("mount", "-o", "loop", image, Path);
            _mounted = true;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal string Path => System.IO.Path.Combine(_directory, "disk");

    public void Dispose()
    {
        if (_frozen)
        {
            Thaw();
        }

        if (_mounted)
        {
            Run("umount", "-l", Path);
        }

        Directory.Delete(_directory, recursive: true);
    }

    internal void Freeze()
    {
        Run("/sbin/fsfreeze", "-f", Path);
        _frozen = true;
    }

    internal void Thaw()
    {
        _frozen = false;
        Run("/sbin/fsfreeze", "-u", Path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, program);
    }
}
