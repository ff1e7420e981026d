using System.Buffers;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Reads small files of the kernel one after the other into one pooled buffer. Not for several threads at once.</summary>
internal sealed class HostReader(HostFiles files) : IDisposable
{
    private const int FirstSize = 8192;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);
    private char[] _chars = ArrayPool<char>.Shared.Rent(FirstSize);

    internal HostFiles Files { get; } = files;

    /// <summary>
    /// The text of a file, valid until the next read. False where there is none to be had: the file, its cgroup, its process or its
    /// feature is missing (<c>EOPNOTSUPP</c> for pressure that is switched off).
    /// </summary>
    /// <exception cref="LinuxException">Descriptors or memory are used up: that a file is missing must not be concluded from it.</exception>
    internal bool TryRead(string path, out ReadOnlySpan<char> text)
    {
        text = default;
        using SafeFd? file = Libc.TryOpen(Files.Map(path), OpenFlags.ReadOnly, out int error);
        if (file is null)
        {
            return Missing(path, error);
        }

        int length = 0;
        int count;
        while ((count = Libc.Read(file, _bytes.AsSpan(length))) > 0)
        {
            length += count;
            if (length == _bytes.Length)
            {
                Grow(length);
            }
        }

        if (count < 0)
        {
            return Missing(path, -count);
        }

        if (_chars.Length < length)
        {
            ArrayPool<char>.Shared.Return(_chars);
            _chars = ArrayPool<char>.Shared.Rent(length);
        }

        text = _chars.AsSpan(0, Encoding.UTF8.GetChars(_bytes.AsSpan(0, length), _chars));
        return true;
    }

    /// <summary>The number in a file, 0 where there is none. See <see cref="CgroupNumber"/>.</summary>
    internal ulong ReadNumber(string path) => TryRead(path, out ReadOnlySpan<char> text) ? CgroupNumber.Parse(text) : 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<char>.Shared.Return(_chars);
        _bytes = [];
        _chars = [];
    }

    private static bool Missing(string path, int error) =>
        error is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM ? throw new LinuxException(error, "read " + path) : false;

    private void Grow(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(length * 2);
        _bytes.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
