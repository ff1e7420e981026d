using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Embedding;

internal sealed class CheckpointPathTests
{
    private static readonly TestCaseData[] Wrong =
    [
        new TestCaseData(new RuntimeCheckpoint { ImagePath = "image" }, "checkpoint \"image\"").SetArgDisplayNames("relative image"),
        new TestCaseData(new RuntimeCheckpoint { ImagePath = "/a/../image" }, "checkpoint \"/a/../image\"").SetArgDisplayNames("a way up"),
        new TestCaseData(new RuntimeCheckpoint { ImagePath = "/image", WorkPath = "work" }, "work path \"work\"").SetArgDisplayNames("relative work directory"),
        new TestCaseData(new RuntimeCheckpoint { ImagePath = "" }, "no path").SetArgDisplayNames("no image"),
    ];

    /// <summary>The runtime would take it for one below the bundle.</summary>
    [TestCaseSource(nameof(Wrong))]
    public void Checkpoint_WithAPathThatIsNotAbsolute_IsRefused(RuntimeCheckpoint checkpoint, string text)
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        ShimException refusal = Assert.Throws<ShimException>(() => container.CheckpointAsync(checkpoint))!;

        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(refusal.Message, Does.Contain(text));
        Assert.That(harness.Engine.Calls.Made, Has.None.StartsWith("runtime.checkpoint"));
    }
}
