using System.Security.Cryptography;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>Streams of this process at a container.</summary>
public sealed class StreamTests : EmbeddingFixture
{
    private const int Chunk = 1 << 20;
    private const int Chunks = 100;

    [Test]
    public async Task Streams_OfAHundredMegabytes_ArriveWholeAndEnd()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("cat"), ContainerStdio.Streams);
        Task<string> read = HashAsync(container.StandardOutput);
        using IncrementalHash written = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[Chunk];
        for (int i = 0; i < Chunks; i++)
        {
            Random.Shared.NextBytes(chunk);
            written.AppendData(chunk);
            await container.StandardInput.WriteAsync(chunk);
        }

        await container.StandardInput.DisposeAsync();

        Assert.That(await read.WaitAsync(EmbeddedSite.Bound), Is.EqualTo(Convert.ToHexString(written.GetHashAndReset())));
        Assert.That((await container.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Output_ReadAfterTheDeletion_IsWhole()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("head -c 200000 /dev/zero; echo oops >&2"), ContainerStdio.Streams);
        await container.WaitAsync().WaitAsync(EmbeddedSite.Bound);
        await container.DeleteAsync();

        using MemoryStream output = new();
        await container.StandardOutput.CopyToAsync(output).WaitAsync(EmbeddedSite.Bound);
        Assert.That(output.Length, Is.EqualTo(200_000));
        Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardError), Is.EqualTo("oops\n"));

        await container.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => container.StandardOutput.ReadAsync(new byte[1]).AsTask());
    }

    [Test]
    public async Task Output_Unread_HoldsTheProcessBack()
    {
        // What a pipe holds and no more: the process cannot have ended.
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("head -c 1000000 /dev/zero"), ContainerStdio.OutputStreams);
        await container.StandardOutput.ReadExactlyAsync(new byte[100_000]).AsTask().WaitAsync(EmbeddedSite.Bound);
        Assert.That(container.Exit, Is.Null);

        using MemoryStream rest = new();
        await container.StandardOutput.CopyToAsync(rest).WaitAsync(EmbeddedSite.Bound);
        Assert.That(rest.Length, Is.EqualTo(900_000));
    }

    [Test]
    public async Task Read_Cancelled_LosesNothing()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("read line; echo $line"), ContainerStdio.Streams);
        using CancellationTokenSource cancel = new();
        Task<int> read = container.StandardOutput.ReadAsync(new byte[100], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => read.WaitAsync(EmbeddedSite.Bound));

        await container.StandardInput.WriteAsync("after\n"u8.ToArray());
        Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardOutput), Is.EqualTo("after\n"));
    }

    [Test]
    public async Task Input_OfAnEndedProcess_IsRefused()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("exit 0"), ContainerStdio.Streams);
        await container.WaitAsync().WaitAsync(EmbeddedSite.Bound);
        await Assert.ThrowsAsync<IOException>(() => container.StandardInput.WriteAsync(new byte[1]).AsTask().WaitAsync(EmbeddedSite.Bound));
    }

    [Test]
    public async Task Stream_NotAskedFor_IsRefused()
    {
        ShimContainer container = await Engine.CreateContainerAsync("c1", EmbeddedSite.Shell("exit 0"), ContainerStdio.OutputStreams);
        Assert.That(() => container.StandardInput, Throws.InvalidOperationException);
    }

    [Test]
    public async Task Terminal_Resized_ShowsItsSizeInTheContainer()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("stty size; read line; stty size"), ContainerStdio.TerminalStreams with { Columns = 90, Rows = 20 });
        byte[] first = new byte["20 90\r\n".Length];
        await container.StandardOutput.ReadExactlyAsync(first).AsTask().WaitAsync(EmbeddedSite.Bound);
        await container.ResizeAsync(columns: 132, rows: 43);
        await container.StandardInput.WriteAsync("go\n"u8.ToArray());
        string rest = await EmbeddedSite.ReadAllAsync(container.StandardOutput);
        ProcessExit exit = await container.WaitAsync().WaitAsync(EmbeddedSite.Bound);

        Assert.That(System.Text.Encoding.ASCII.GetString(first), Is.EqualTo("20 90\r\n"));
        Assert.That(rest, Does.EndWith("43 132\r\n"));
        Assert.That(exit.ExitCode, Is.Zero);
    }

    private static async Task<string> HashAsync(Stream stream)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
