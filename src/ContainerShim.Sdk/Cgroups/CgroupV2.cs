using ContainerShim.Sdk.Protocol;
using Google.Protobuf;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>A cgroup of the unified hierarchy.</summary>
internal sealed class CgroupV2(CgroupHost host, string directory) : Cgroup(host)
{
    public override CgroupVersion Version => CgroupVersion.V2;

    public override bool IsFrozen => ReadKey("/cgroup.events", "frozen") is 1 || ReadFreeze() is 1;

    protected override string ProcessDirectory => directory;

    public override void Thaw()
    {
        if (IsFrozen)
        {
            _ = Host.Files.TryWrite(directory + "/cgroup.freeze", "0"u8);
        }
    }

    public override TypedPayload ReadMetrics()
    {
        if (!Host.Files.DirectoryExists(directory))
        {
            throw ShimException.NotFound("cgroup does not exist");
        }

        using HostReader reader = new(Host.Files);
        return new TypedPayload(TypeUrls.CgroupsV2Metrics, MetricsV2Reader.Read(reader, directory).ToByteArray());
    }

    /// <summary>See cgroup-v2 of the kernel's documentation, <c>cgroup.kill</c>, Linux 5.14.</summary>
    protected override bool TryKillAtOnce() => Host.Files.TryWrite(directory + "/cgroup.kill", "1"u8) == 0;

    protected override long? ReadOomKills() => ReadKey("/memory.events", "oom_kill");

    protected override IDisposable OpenOomSource(Action onChange) =>
        Host.Inotify.Watch(Host.Files.Map(directory + "/memory.events"), onChange);

    private long? ReadFreeze()
    {
        using HostReader reader = new(Host.Files);
        return (long)reader.ReadNumber(directory + "/cgroup.freeze");
    }

    private long? ReadKey(string file, string key)
    {
        using HostReader reader = new(Host.Files);
        if (!reader.TryRead(directory + file, out ReadOnlySpan<char> text))
        {
            return null;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            if (lines.NextField().SequenceEqual(key))
            {
                return (long)CgroupNumber.Parse(lines.NextField());
            }
        }

        return null;
    }
}
