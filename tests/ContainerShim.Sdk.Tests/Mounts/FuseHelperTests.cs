using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Tests.Runc;

namespace ContainerShim.Sdk.Tests.Mounts;

internal sealed class FuseHelperTests
{
    private readonly RootfsMount _mount = new() { Type = "fuse3.fuse-overlayfs", Source = "overlay", Options = ["lowerdir=/a:/b", "ro"] };

    [Test]
    public async Task Mount_PassesEachOptionAndTheType()
    {
        using TempDirectory directory = new();
        directory.Script("mount.fuse3", "exit 0");
        FakeSpawner spawner = new();
        await new FuseHelper(spawner, "/nope:" + directory.Path).MountAsync("mount.fuse3", _mount, "/target");
        Assert.That(spawner.Last.FileName, Is.EqualTo(directory["mount.fuse3"]));
        Assert.That(string.Join(' ', spawner.Last.Arguments), Is.EqualTo("mount.fuse3 overlay /target -o lowerdir=/a:/b -o ro -t fuse-overlayfs"));
    }

    [Test]
    public async Task Mount_ThatFails_TellsWhatTheHelperPrinted()
    {
        using TempDirectory directory = new();
        directory.Script("mount.fuse3", "exit 0");
        FakeSpawner spawner = new()
        {
            Play = static request =>
            {
                FakeSpawner.Print(request.Stderr, "no \"such\"\n");
                return 1;
            },
        };
        await Assert.ThatAsync(
            () => new FuseHelper(spawner, directory.Path).MountAsync("mount.fuse3", _mount, "/target"),
            Throws.TypeOf<MountException>().With.Message.EqualTo(
                "mount helper [mount.fuse3 [overlay /target -o lowerdir=/a:/b -o ro -t fuse-overlayfs]] failed: \"no \\\"such\\\"\\n\": exit status 1"));
    }

    [TestCase("fuse.x", "mount.fuse")]
    [TestCase("fuse3.x", "mount.fuse3")]
    [TestCase("fuse", null)]
    [TestCase("overlay", null)]
    public void HelperFor_OfAType_IsTheProgram(string type, string? expected) => Assert.That(FuseHelper.HelperFor(type), Is.EqualTo(expected));
}
