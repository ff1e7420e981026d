using System.Security.Cryptography;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>A directory of FIFOs and a factory, for one test; at the end no descriptor may be left.</summary>
internal sealed class StdioFixture : IDisposable
{
    private readonly int _before = OsFixture.CountDescriptors();

    internal StdioFixture(TimeProvider? time = null, StdioOptions? options = null, Func<StdioServices, StdioServices>? adjust = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("shim-stdio").FullName;
        Os = new OsFixture();
        Factory = new StdioFactory(Os.Reactor, Os.Spawner, time ?? Os.Reactor.Time, NullLogger.Instance, options, adjust: adjust);
    }

    internal string Directory { get; }

    internal OsFixture Os { get; }

    internal StdioFactory Factory { get; }

    public void Dispose()
    {
        Os.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);

        // Files are closed by the threads that write them, a moment later.
        Assert.That(
            () => SpinWait.SpinUntil(() => OsFixture.CountDescriptors() == _before, OsFixture.Bound),
            Is.True, () => $"{OsFixture.CountDescriptors() - _before} descriptors are left");
    }

    internal string MakeFifo(string name)
    {
        string path = Path.Combine(Directory, name);
        Libc.MakeFifo(path, 0b110_000_000);
        return path;
    }

    internal Task<IProcessStdio> OpenAsync(
        string stdin = "", string stdout = "", string stderr = "", bool terminal = false, IReadOnlyDictionary<string, string>? annotations = null) =>
        Factory.OpenAsync(
            new StdioRequest
            {
                Paths = new StdioPaths { Stdin = stdin, Stdout = stdout, Stderr = stderr, Terminal = terminal },
                ProcessId = "id1",
                ContainerdNamespace = "ns1",
                Annotations = annotations ?? new Dictionary<string, string>(),
            },
            CancellationToken.None);

    /// <summary>Spawns a shell on the child's ends, and attaches.</summary>
    internal async Task<IProcessWatch> RunAsync(IProcessStdio stdio, string script)
    {
        IProcessWatch watch = Os.Spawner.Spawn(OsFixture.Shell(script) with
        {
            Stdin = stdio.ChildEnds.Stdin,
            Stdout = stdio.ChildEnds.Stdout,
            Stderr = stdio.ChildEnds.Stderr,
        });
        await stdio.AttachAsync(CancellationToken.None);
        return watch;
    }

    /// <summary>Opens a FIFO for reading, as a client does that is there already.</summary>
    internal static SafeFd OpenReader(string path) => Libc.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking);

    /// <summary>Writes a text into a FIFO that is read.</summary>
    internal static Task SendAsync(string fifo, string text) => Task.Run(() =>
    {
        using SafeFd writer = Libc.Open(fifo, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        Write(writer, System.Text.Encoding.UTF8.GetBytes(text));
    });

    /// <summary>Reads to the end of file.</summary>
    internal static Task<string> ReadAllAsync(SafeFd reader) => Task.Run(() =>
    {
        using MemoryStream all = new();
        Copy(reader, all.Write);
        return System.Text.Encoding.UTF8.GetString(all.ToArray());
    }).WaitAsync(OsFixture.Bound);

    /// <summary>Runs a script to its end, and passes on all it wrote.</summary>
    internal async Task RunToEndAsync(IProcessStdio stdio, string script)
    {
        using IProcessWatch watch = await RunAsync(stdio, script);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.Zero);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);
    }

    internal static Task<(long Length, string Hash)> HashAllAsync(SafeFd reader) => Task.Run(() =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        Copy(reader, bytes =>
        {
            length += bytes.Length;
            hash.AppendData(bytes);
        });
        return (length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }).WaitAsync(TimeSpan.FromSeconds(60));

    internal static int Read(SafeFd reader, Span<byte> buffer)
    {
        int count;
        while ((count = Libc.Read(reader, buffer)) == -Errno.EAGAIN)
        {
            Thread.Yield();
        }

        return count;
    }

    /// <summary>Writes everything, waiting for room.</summary>
    internal static void Write(SafeFd writer, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = Libc.Write(writer, bytes);
            Assert.That(count, Is.GreaterThan(0).Or.EqualTo(-Errno.EAGAIN));
            bytes = bytes[Math.Max(count, 0)..];
        }
    }

    private delegate void Consumer(ReadOnlySpan<byte> bytes);

    private static void Copy(SafeFd reader, Consumer consume)
    {
        byte[] buffer = new byte[65536];
        int count;
        while ((count = Read(reader, buffer)) > 0)
        {
            consume(buffer.AsSpan(0, count));
        }

        Assert.That(count, Is.Zero);
        reader.Dispose();
    }
}
