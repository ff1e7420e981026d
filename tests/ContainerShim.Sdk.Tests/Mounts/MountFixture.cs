using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Mounts;

/// <summary>A private tmpfs to mount below, taken away with all that is on it. Needs root.</summary>
internal sealed class MountFixture : IDisposable
{
    private readonly TempDirectory _outer = new();
    private readonly OsFixture _os = new();

    internal MountFixture(TimeProvider? time = null)
    {
        Path = _outer.Make("m");
        Libc.Mount("tmpfs", Path, "tmpfs", 0, "size=64m,mode=755");
        Libc.Mount("", Path, "", (ulong)MountFlags.Private, "");
        Rootfs = Make("rootfs");
        Mounter = new Mounter(_os.Spawner, time ?? TimeProvider.System);
    }

    internal string Path { get; }

    internal string Rootfs { get; }

    internal Mounter Mounter { get; }

    /// <summary>What is mounted at or below the root file system.</summary>
    internal IReadOnlyList<string> Mounted => MountTable.Below(Rootfs);

    internal string this[string name] => System.IO.Path.Join(Path, name);

    internal string Make(string name) => Directory.CreateDirectory(this[name]).FullName;

    internal string Write(string name, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], content);
        return this[name];
    }

    internal Task MountAsync(params RootfsMount[] mounts) => Mounter.MountAsync(Rootfs, mounts, CancellationToken.None);

    internal Task<string> ShellAsync(string script) => _os.ReadShellAsync(script);

    public void Dispose()
    {
        for (int round = 0; round < 10 && MountTable.Below(Path) is { Count: > 0 } points; round++)
        {
            foreach (string point in points)
            {
                _ = Libc.Unmount(point);
            }
        }

        _os.Dispose();
        _outer.Dispose();
    }
}
