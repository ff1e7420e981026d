using System.Globalization;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Cgroups;

internal sealed class ShimCgroupTests
{
    [Test]
    public async Task Join_RealV1_MovesTheProcessInEveryHierarchyAlsoInANewCpuset()
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/shim-join-{Environment.ProcessId}/shims");
        using OsFixture os = new();
        using IProcessWatch process = os.StartShell("exec sleep 1000");
        try
        {
            ShimCgroup.Join(path, process.Pid);
            string[] lines = File.ReadAllLines($"/proc/{process.Pid}/cgroup");
            Assert.That(lines.Where(static line => !line.StartsWith("0::", StringComparison.Ordinal)), Is.Not.Empty.And.All.EndsWith(":" + path));
        }
        finally
        {
            process.Signal(9);
            await process.Exited.WaitAsync(OsFixture.Bound);
            foreach (string hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup"))
            {
                string directory = hierarchy + path;
                await OsFixture.UntilAsync(() => TryRemove(directory) && TryRemove(Path.GetDirectoryName(directory)!));
            }
        }
    }

    [Test]
    public void Join_V2_MakesTheCgroupAndWritesThePid()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/shims/one");
        ShimCgroup.Join("shims/one", 4711, new HostFiles(tree.Root));
        Assert.That(File.ReadAllText(tree.Path("/sys/fs/cgroup/shims/one/cgroup.procs")), Is.EqualTo("4711"));
    }

    [TestCase("/../etc")]
    [TestCase("a/../../b")]
    [TestCase("/")]
    [TestCase("")]
    public void Join_PathThatIsNoneBelowTheRoot_IsInvalid(string path) =>
        Assert.That(Assert.Throws<ShimException>(() => ShimCgroup.Join(path, 1))!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));

    [Test]
    public void Join_NoCgroupFileSystem_IsNotFound()
    {
        using TemporaryTree tree = new();
        Assert.That(Assert.Throws<ShimException>(() => ShimCgroup.Join("/a", 1, new HostFiles(tree.Root)))!.Code, Is.EqualTo(ShimErrorCode.NotFound));
    }

    private static bool TryRemove(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
