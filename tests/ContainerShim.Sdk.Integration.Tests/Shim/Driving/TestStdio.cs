using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>The FIFOs of one process, and a client's ends of them. Streams that were not asked for have no path.</summary>
internal sealed class TestStdio : IDisposable
{
    public static readonly TestStdio None = new();

    private readonly List<FifoReader> _readers = [];

    private TestStdio()
    {
    }

    public string Stdin { get; private init; } = "";

    public string Stdout { get; private init; } = "";

    public string Stderr { get; private init; } = "";

    public bool Terminal { get; private init; }

    public static TestStdio Create(string directory, bool stdin = false, bool stdout = false, bool stderr = false, bool terminal = false)
    {
        Directory.CreateDirectory(directory);
        return new TestStdio
        {
            Stdin = Make("stdin", stdin),
            Stdout = Make("stdout", stdout),
            Stderr = Make("stderr", stderr),
            Terminal = terminal,
        };

        string Make(string name, bool wanted)
        {
            if (!wanted)
            {
                return "";
            }

            string path = Path.Combine(directory, name);
            Native.MakeFifo(path);
            return path;
        }
    }

    /// <summary>Streams that go to a URI instead of to FIFOs.</summary>
    public static TestStdio To(string uri) => new() { Stdout = uri, Stderr = uri };

    /// <summary>Begins to read a FIFO to its end.</summary>
    public FifoReader Read(string path)
    {
        FifoReader reader = FifoReader.Start(path);
        _readers.Add(reader);
        return reader;
    }

    /// <summary>Opens standard input once the shim reads it.</summary>
    public async Task<FileStream> OpenStdinAsync()
    {
        SafeFileHandle handle = await Harness.Eventually.ShowsAsync(() => Native.TryOpenWriter(Stdin), handle => handle is not null, "the shim reads stdin")
            ?? throw new InvalidOperationException();

        // Opened again by a call that waits when the pipe is full.
        using (handle)
        {
            return new FileStream(Stdin, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
    }

    public async Task WriteStdinAsync(string text)
    {
        await using FileStream stream = await OpenStdinAsync();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
    }

    public void Dispose() => _readers.ForEach(reader => reader.Dispose());
}
