using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>What the options of a container's mounts become, as the kernel tells it in the shim's mountinfo, see proc_pid_mountinfo(5).</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class MountOptionTests(string runtime) : ShimFixture(runtime)
{
    /// <summary>The options of one mount, and what is to be seen of them; <c>!</c> is before what is not.</summary>
    private static readonly (string Options, string Expected)[] _table =
    [
        ("defaults", "rw relatime"),
        ("ro", "ro !rw"),
        ("ro,rw", "rw !ro"),
        ("nosuid,nodev,noexec", "nosuid nodev noexec"),
        ("nosuid,nodev,noexec,suid,dev,exec", "!nosuid !nodev !noexec"),
        ("relatime", "relatime"),
        ("noatime", "noatime !relatime"),
        ("noatime,atime", "relatime !noatime"),
        ("strictatime", "!relatime !noatime"),
        ("strictatime,nostrictatime", "relatime"),
        ("nodiratime", "nodiratime"),
        ("nodiratime,diratime", "!nodiratime"),
        ("sync", "sync"),
        ("sync,async", "!sync"),
        ("dirsync", "dirsync !sync"),
        ("mand", "mand"),
        ("mand,nomand", "!mand"),
        ("size=64k,mode=700", "size=64k mode=700"),
    ];

    /// <summary>The options of a bind of a shared mount with another one in it; the field of the bind, and of the one in it.</summary>
    private static readonly (string Options, string Outer, string? Inner)[] _propagations =
    [
        ("bind", "^shared:", null),
        ("bind,private", "^-$", null),
        ("bind,slave", "^master:", null),
        ("bind,unbindable", "^unbindable$", null),
        ("bind,private,ro,nosuid", "^-$", null),
        ("rbind,shared", "^shared:", "^shared:"),
        ("rbind,private", "^-$", "^shared:"),
        ("rbind,rprivate", "^-$", "^-$"),
        ("rbind,slave", "^master:", "^shared:"),
        ("rbind,rslave", "^master:", "^master:"),
        ("rbind,rshared", "^shared:", "^shared:"),
        ("rbind,runbindable", "^unbindable$", "^unbindable$"),
    ];

    [Test]
    public async Task Options_OfEachWordOfTheTable_AreSeenInTheMountTable()
    {
        IReadOnlyList<string[]> mounts = await CreateAsync(_table.Select(row => (Mount)new() { Type = "tmpfs", Source = "tmpfs", Options = { row.Options.Split(',') } }));

        Assert.Multiple(() =>
        {
            foreach (((string options, string expected), int i) in _table.Select((row, i) => (row, i)))
            {
                string[] fields = mounts.Single(fields => fields[4].EndsWith($"/rootfs/m{i}", StringComparison.Ordinal));
                string[] seen = [.. fields[5].Split(','), .. fields[^1].Split(',')];
                string[] words = expected.Split(' ');
                Assert.That(seen, Is.SupersetOf(words.Where(word => word[0] != '!')), options);
                Assert.That(seen.Intersect(words.Where(word => word[0] == '!').Select(word => word[1..])), Is.Empty, options);
            }
        });
    }

    [Test]
    public async Task Propagation_OfABind_IsThatOfTheOptions()
    {
        string source = Directory.CreateDirectory(Path.Combine(Site.Directory, "source")).FullName;
        string inner = Path.Combine(source, "inner");
        foreach (string[] arguments in new string[][] { ["-t", "tmpfs", "outer", source], ["--make-rshared", source] })
        {
            (await Command.RunAsync("mount", arguments)).EnsureSuccess();
        }

        Directory.CreateDirectory(inner);
        (await Command.RunAsync("mount", ["-t", "tmpfs", "inner", inner])).EnsureSuccess();

        IReadOnlyList<string[]> mounts = await CreateAsync(_propagations.Select(row => (Mount)new() { Type = "bind", Source = source, Options = { row.Options.Split(',') } }));

        Assert.Multiple(() =>
        {
            foreach (((string options, string outer, string? nested), int i) in _propagations.Select((row, i) => (row, i)))
            {
                Assert.That(PropagationOf(mounts, $"/rootfs/m{i}"), Does.Match(outer), options);
                Assert.That(PropagationOf(mounts, $"/rootfs/m{i}/inner"), nested is null ? Is.Null : Does.Match(nested), options + ", of the mount in it");
            }
        });
    }

    /// <summary>The first of the optional fields, which end at a hyphen; null where there is no such mount.</summary>
    private static string? PropagationOf(IReadOnlyList<string[]> mounts, string suffix) =>
        mounts.SingleOrDefault(fields => fields[4].EndsWith(suffix, StringComparison.Ordinal))?[6];

    /// <summary>Creates a container with these mounts in its root file system, at m0, m1 and so on, and returns the shim's mountinfo in fields.</summary>
    private async Task<IReadOnlyList<string[]>> CreateAsync(IEnumerable<Mount> mounts)
    {
        string image = Path.Combine(Site.Directory, "image");
        (await Command.RunAsync("cp", ["-a", TestPaths.Rootfs + "/.", image])).EnsureSuccess();
        TestBundle bundle = Site.NewBundle(new BundleOptions { MountsRootfs = false });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.CreateAsync(bundle, request =>
        {
            request.Rootfs.Add(new Mount { Type = "bind", Source = image, Options = { "rbind", "rprivate" } });
            foreach (Mount mount in mounts)
            {
                mount.Target = "/m" + (request.Rootfs.Count - 1);
                Directory.CreateDirectory(image + mount.Target);
                request.Rootfs.Add(mount);
            }
        });
        string[] lines = await File.ReadAllLinesAsync($"/proc/{shim.Pid}/mountinfo");
        await task.KillAndDeleteAsync();
        await shim.ShutdownAsync();
        Assert.That(Census.MountsBelow(bundle.Path), Is.Empty);
        return [.. lines.Where(line => line.Contains(bundle.Path, StringComparison.Ordinal)).Select(line => line.Split(' '))];
    }
}
