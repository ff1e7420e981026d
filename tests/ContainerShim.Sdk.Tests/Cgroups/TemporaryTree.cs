namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>A root directory that a test fills with the files of a machine of its own.</summary>
internal sealed class TemporaryTree : IDisposable
{
    internal string Root { get; } = Directory.CreateTempSubdirectory("cgroups-").FullName;

    internal string Path(string path) => Root + path;

    internal TemporaryTree Write(string path, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(path))!);
        File.WriteAllText(Path(path), text);
        return this;
    }

    /// <summary>A machine with v2 whose process 7 is in a cgroup.</summary>
    internal static TemporaryTree WithV2(string cgroup) => new TemporaryTree()
        .Write("/proc/self/mountinfo", "34 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        .Write("/proc/7/cgroup", $"0::{cgroup}\n")
        .Write($"/sys/fs/cgroup{cgroup}/cgroup.procs", "");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
