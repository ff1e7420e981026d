namespace ContainerShim.Sdk.Protocol.Tests;

/// <summary>Holds the messages against containerd's own .proto files. Needs two Debian packages; without them it fails and names them.</summary>
public sealed class ContainerdProtosTests
{
    // What containerd calls otherwise today; the bytes are the same.
    private static readonly (string Old, string New)[] Moved =
    [
        ("containerd.task.v2.", "containerd.task.v3."),
        ("containerd.services.events.ttrpc.v1.Envelope", "containerd.types.Envelope"),
        ("containerd.services.events.v1.Envelope", "containerd.types.Envelope"),
    ];

    // What Debian's containerd 1.6.20 and cgroups 1.0.4 do not have, with the reason. A name stands for all that is in it.
    private static readonly Dictionary<string, string> Newer = new()
    {
        ["containerd.events.SandboxCreate"] = "sandbox events came with containerd 1.7",
        ["containerd.events.SandboxStart"] = "sandbox events came with containerd 1.7",
        ["containerd.events.SandboxExit"] = "sandbox events came with containerd 1.7",
        ["containerd.runtime.bootstrap.v1."] = "containerd 2.3 introduced it",
        ["containerd.runtime.sandbox.v1."] = "containerd 1.7 introduced it",
        ["containerd.types.RuntimeInfo"] = "the -info flag came with containerd 2.0",
        ["containerd.types.RuntimeVersion"] = "the -info flag came with containerd 2.0",
        ["containerd.runc.v1.Options/12"] = "added in containerd 2.0",
        ["containerd.runc.v1.Options/13"] = "added in containerd 2.0",
        ["containerd.runc.v1.CheckpointOptions/10"] = "added after containerd 2.3",
        ["runtimeoptions.v1.Options/3"] = "added in containerd 1.7",
        ["containerd.types.Platform/4"] = "os_version: added in containerd 2",
        ["containerd.types.Platform/5"] = "os_features: added in containerd 2",
        ["io.containerd.cgroups.v2.CPUStat/7"] = "pressure: cgroups 3",
        ["io.containerd.cgroups.v2.CPUStat/8"] = "bursts: cgroups 3",
        ["io.containerd.cgroups.v2.CPUStat/9"] = "bursts: cgroups 3",
        ["io.containerd.cgroups.v2.HugeTlbStat/4"] = "failcnt: cgroups 3",
        ["io.containerd.cgroups.v2.IOStat/2"] = "pressure: cgroups 3",
        ["io.containerd.cgroups.v2.MemoryEvents/6"] = "oom_group_kill: cgroups 3",
        ["io.containerd.cgroups.v2.MemoryStat/36"] = "peaks: cgroups 3",
        ["io.containerd.cgroups.v2.MemoryStat/37"] = "peaks: cgroups 3",
        ["io.containerd.cgroups.v2.MemoryStat/38"] = "pressure: cgroups 3",
        ["io.containerd.cgroups.v2.MemoryStat/39"] = "working set split into anon and file: after cgroups 3.0",
        ["io.containerd.cgroups.v2.MemoryStat/40"] = "working set split into anon and file: after cgroups 3.0",
        ["io.containerd.cgroups.v2.MemoryStat/41"] = "working set split into anon and file: after cgroups 3.0",
        ["io.containerd.cgroups.v2.MemoryStat/42"] = "working set split into anon and file: after cgroups 3.0",
        ["io.containerd.cgroups.v2.Metrics/9"] = "network: cgroups 3",
        ["io.containerd.cgroups.v2.NetworkStat"] = "network: cgroups 3",
        ["io.containerd.cgroups.v2.PSIData"] = "pressure: cgroups 3",
        ["io.containerd.cgroups.v2.PSIStats"] = "pressure: cgroups 3",
    };

    private static readonly Dictionary<string, string> Dropped = new()
    {
        ["containerd.runc.v1.Options/8"] = "criu_path: removed in containerd 2.0, its number is reserved",
    };

    private SortedDictionary<string, string> _theirs = null!;

    [OneTimeSetUp]
    public async System.Threading.Tasks.Task CompileAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        SortedDictionary<string, string> compiled = await ContainerdProtos.CompileAsync(limit.Token);
        _theirs = new(StringComparer.Ordinal);
        foreach ((string key, string value) in compiled)
        {
            // Two packages had an Envelope of their own, which became one: they must agree.
            string newKey = Rename(key);
            string newValue = Rename(value);
            Assert.That(_theirs.TryAdd(newKey, newValue) || _theirs[newKey] == newValue, $"{key}: {newValue} and {_theirs[newKey]}");
        }
    }

    [Test]
    public void Entries_ThatContainerdHasToo_AreTheSame()
    {
        IEnumerable<string> different =
            from entry in Ours
            where _theirs.TryGetValue(entry.Key, out string? theirs) && theirs != entry.Value
            select $"{entry.Key}: {entry.Value}, not {_theirs[entry.Key]}";
        Assert.That(different, Is.Empty);
    }

    [Test]
    public void Entries_ThatContainerdLacks_AreKnownToBeNewer()
    {
        string[] unknown = [.. Ours.Keys.Where(key => !_theirs.ContainsKey(key) && !Covered(Newer.Keys, key))];
        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void Entries_OfSharedTypesThatWeLack_AreKnownToBeDropped()
    {
        IEnumerable<string> ofShared = _theirs.Keys.Where(key => Ours.ContainsKey(WireShape.OwnerOf(key)));
        string[] unknown = [.. ofShared.Where(key => !Ours.ContainsKey(key) && !Covered(Dropped.Keys, key))];
        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void Types_OfContainerdsTaskProtocol_AreAllHere()
    {
        string[] missing = [.. _theirs.Keys.Where(key => key.StartsWith("containerd.task.v3.", StringComparison.Ordinal) && !Ours.ContainsKey(key))];
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Exceptions_ThatAreListed_AllOccur()
    {
        string[] idle =
        [
            .. Newer.Keys.Where(name => !Ours.Keys.Any(key => !_theirs.ContainsKey(key) && Covered([name], key))),
            .. Dropped.Keys.Where(name => Ours.ContainsKey(name) || !_theirs.ContainsKey(name)),
        ];
        Assert.That(idle, Is.Empty);
    }

    private static SortedDictionary<string, string> Ours => CompiledProtocol.Shape;

    private static bool Covered(IEnumerable<string> names, string key) =>
        names.Any(name => key == name || (name.EndsWith('.') ? key.StartsWith(name, StringComparison.Ordinal) : WireShape.OwnerOf(key) == name));

    private static string Rename(string text) => Moved.Aggregate(text, (result, move) => result.Replace(move.Old, move.New));
}
