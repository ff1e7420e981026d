using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Tests.Runc;
using Microsoft.Extensions.Time.Testing;

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
        await new FuseHelper(spawner, TimeProvider.System, "/nope:" + directory.Path).MountAsync("mount.fuse3", _mount, "/target", CancellationToken.None);
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
            () => new FuseHelper(spawner, TimeProvider.System, directory.Path).MountAsync("mount.fuse3", _mount, "/target", CancellationToken.None),
            Throws.TypeOf<MountException>().With.Message.EqualTo(
                "mount helper [mount.fuse3 [overlay /target -o lowerdir=/a:/b -o ro -t fuse-overlayfs]] failed: \"no \\\"such\\\"\\n\": exit status 1"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Mount_ThatHangs_IsEndedAtItsLimitOrByItsToken(bool cancels)
    {
        using TempDirectory directory = new();
        directory.Script("mount.fuse3", "exit 0");
        FakeTimeProvider time = new();
        FakeSpawner spawner = new() { Play = static _ => null };
        using CancellationTokenSource source = new();
        Task mounting = new FuseHelper(spawner, time, directory.Path).MountAsync("mount.fuse3", _mount, "/target", source.Token);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(spawner.Watches[0].Signals, Is.Empty);

        if (cancels)
        {
            source.Cancel();
            await Assert.ThatAsync(() => mounting, Throws.InstanceOf<OperationCanceledException>());
        }
        else
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Assert.ThatAsync(
                () => mounting, Throws.TypeOf<MountException>().With.Message.EqualTo("mount helper mount.fuse3 did not end within 60 s"));
        }

        Assert.That(spawner.Watches[0].Signals, Is.EqualTo(new[] { 9 }));
        Assert.That(spawner.Watches[0].IsDisposed);
    }

    [TestCase("fuse.x", "mount.fuse")]
    [TestCase("fuse3.x", "mount.fuse3")]
    [TestCase("fuse", null)]
    [TestCase("overlay", null)]
    public void HelperFor_OfAType_IsTheProgram(string type, string? expected) => Assert.That(FuseHelper.HelperFor(type), Is.EqualTo(expected));
}
