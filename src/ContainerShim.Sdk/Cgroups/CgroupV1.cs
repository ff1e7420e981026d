using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Protocol;
using Google.Protobuf;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>A cgroup of v1: a directory for each controller.</summary>
internal sealed class CgroupV1(CgroupHost host, IReadOnlyDictionary<string, string> directories) : Cgroup(host)
{
    /// <summary>The hierarchies by how surely a runtime puts every process of a container there.</summary>
    private static readonly string[] ProcessHierarchies = ["pids", "memory", "freezer", "devices", "cpu"];

    public override CgroupVersion Version => CgroupVersion.V1;

    public override bool IsFrozen
    {
        get
        {
            using HostReader reader = new(Host.Files);
            return Directory("freezer") is { } directory
                && reader.TryRead(directory + "/freezer.state", out ReadOnlySpan<char> state)
                && state.Trim() is "FROZEN" or "FREEZING";
        }
    }

    protected override string ProcessDirectory { get; } =
        ProcessHierarchies.Select(directories.GetValueOrDefault).FirstOrDefault(static directory => directory is not null)
        ?? directories.Values.First();

    public override void Thaw()
    {
        if (Directory("freezer") is { } directory && IsFrozen)
        {
            _ = Host.Files.TryWrite(directory + "/freezer.state", "THAWED"u8);
        }
    }

    public override TypedPayload ReadMetrics()
    {
        if (!directories.Values.Any(Host.Files.DirectoryExists))
        {
            throw ShimException.NotFound("cgroup does not exist");
        }

        using HostReader reader = new(Host.Files);
        return new TypedPayload(TypeUrls.CgroupsV1Metrics, MetricsV1Reader.Read(reader, Directory).ToByteArray());
    }

    protected override long? ReadOomKills()
    {
        using HostReader reader = new(Host.Files);
        if (Directory("memory") is not { } directory || !reader.TryRead(directory + "/memory.oom_control", out ReadOnlySpan<char> text))
        {
            return null;
        }

        // The counter is there since Linux 4.13.
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            if (lines.NextField() is "oom_kill")
            {
                return (long)CgroupNumber.Parse(lines.NextField());
            }
        }

        return null;
    }

    /// <summary>
    /// An eventfd, see cgroups(7) of the kernel's memory controller. It fires also when the cgroup is removed, and before the kill is
    /// counted; so the counter decides, and is looked at again a moment later.
    /// </summary>
    protected override IDisposable OpenOomSource(Action onChange)
    {
        string directory = Directory("memory") ?? throw new LinuxException(Errno.ENOENT, "open memory.oom_control");
        SafeFd events = Libc.EventFd();
        try
        {
            using SafeFd control = Libc.Open(Host.Files.Map(directory + "/memory.oom_control"), OpenFlags.ReadOnly);
            string registration = string.Create(CultureInfo.InvariantCulture, $"{events.Number} {control.Number} ");
            int error = Host.Files.TryWrite(directory + "/cgroup.event_control", Encoding.ASCII.GetBytes(registration));
            return error == 0
                ? new OomEventSource(Host, events, onChange, () => Host.Files.FileExists(directory + "/cgroup.event_control"))
                : throw new LinuxException(error, "write cgroup.event_control");
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    private string? Directory(string controller) => directories.GetValueOrDefault(controller);
}
