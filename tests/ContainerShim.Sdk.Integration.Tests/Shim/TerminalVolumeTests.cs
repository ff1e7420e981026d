using System.Security.Cryptography;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Much through terminals: the last bytes before a hang-up are the ones that get lost (containerd#3118).</summary>
public sealed class TerminalVolumeTests : ShimFixture
{
    private const int Execs = 100;
    private const int Size = 7 << 20;

    [Test]
    public async Task Execs_AHundredOfSevenMegabytesEach_AreComplete()
    {
        byte[] content = await MakeContentAsync();
        TestBundle bundle = Site.NewBundle(new BundleOptions { Files = new Dictionary<string, string> { ["data"] = Path.Combine(Site.Directory, "data") } });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        byte[] expected = SHA256.HashData(content);

        for (int i = 0; i < Execs; i++)
        {
            using TestStdio stdio = TestStdio.Create(bundle.PathOf($"io-{i}"), stdout: true, terminal: true);
            FifoReader reader = stdio.Read(stdio.Stdout);
            await task.ExecAsync($"exec-{i}", ["cat", "/tmp/data"], stdio);
            Assert.That(await task.WaitAsync($"exec-{i}"), Is.Zero);
            await task.DeleteAsync($"exec-{i}");
            Assert.That(SHA256.HashData(await reader.End), Is.EqualTo(expected), $"exec {i}: {reader.Length} bytes");
        }

        Assert.That(shim.Census().Count("ptmx"), Is.Zero);
        await task.KillAndDeleteAsync();
    }

    /// <summary>Without a line feed, of which the terminal would make two characters.</summary>
    private async Task<byte[]> MakeContentAsync()
    {
        byte[] content = RandomNumberGenerator.GetBytes(Size);
        content.AsSpan().Replace((byte)'\n', (byte)'.');
        await File.WriteAllBytesAsync(Path.Combine(Site.Directory, "data"), content);
        return content;
    }
}
