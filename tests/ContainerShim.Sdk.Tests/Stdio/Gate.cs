using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>A disk that does not answer while the gate is closed. Open at first, and at the end.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private int _waiting;

    /// <summary>How many calls wait.</summary>
    internal int Waiting => Volatile.Read(ref _waiting);

    public void Dispose() => _open.Set();

    internal void Close() => _open.Reset();

    internal void Open() => _open.Set();

    internal void Pass()
    {
        Interlocked.Increment(ref _waiting);
        _open.Wait();
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>A log file on the disk.</summary>
    internal sealed class Target(ILogTarget inner, Gate gate) : ILogTarget
    {
        public long MaxSize => inner.MaxSize;

        public long Size => inner.Size;

        public FileStatus Open()
        {
            gate.Pass();
            return inner.Open();
        }

        public int Write(ReadOnlySpan<byte> bytes)
        {
            gate.Pass();
            return inner.Write(bytes);
        }

        public bool TakeBack(int bytes) => inner.TakeBack(bytes);

        public int Follow() => inner.Follow();

        public int Rotate()
        {
            gate.Pass();
            return inner.Rotate();
        }

        public void Dispose()
        {
            gate.Pass();
            inner.Dispose();
        }
    }

    /// <summary>A file of waiting output on the disk.</summary>
    internal sealed class Spill(ISpillFile inner, Gate gate) : ISpillFile
    {
        public long Length => inner.Length;

        public FileStatus Status() => inner.Status();

        public int Append(ReadOnlySpan<byte> bytes)
        {
            gate.Pass();
            return inner.Append(bytes);
        }

        public int Take(Span<byte> room, out int count)
        {
            gate.Pass();
            return inner.Take(room, out count);
        }

        public void Dispose()
        {
            gate.Pass();
            inner.Dispose();
        }
    }
}
