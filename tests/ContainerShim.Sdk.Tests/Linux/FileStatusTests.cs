using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Tests.Linux;

internal sealed class FileStatusTests
{
    [Test]
    public async Task Stat_OfAFile_TellsWhatStatTells()
    {
        using TempDirectory directory = new();
        using OsFixture os = new();
        string path = directory.Write("file", "content");
        await os.ReadShellAsync($"chown 12:34 {path}");
        FileStatus status = Libc.Stat(path);
        string expected = await os.ReadShellAsync($"stat -c '%u %g %a %i %s' {path}");
        Assert.That(
            $"{status.Uid} {status.Gid} {Convert.ToString(status.Mode & 0xFFF, 8)} {status.Inode} {status.Size}\n",
            Is.EqualTo(expected));
        Assert.That(status.IsRegular);
    }

    [Test]
    public void Stat_OfALink_FollowsItOnlyWhenAsked()
    {
        using TempDirectory directory = new();
        File.CreateSymbolicLink(directory["link"], directory.Path);
        Assert.That(Libc.Stat(directory["link"]).IsDirectory);
        Assert.That(Libc.Stat(directory["link"], followLink: false).IsSymbolicLink);
        Assert.That(() => Libc.Stat(directory["none"]), Throws.TypeOf<LinuxException>().With.Message.EqualTo($"stat {directory["none"]}: no such file or directory"));
    }
}
