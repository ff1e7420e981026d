using System.Runtime.InteropServices;
using System.Text;

namespace ContainerShim.Sdk.Processes;

/// <summary>A null-terminated array of UTF-8 strings in native memory, as exec(3) takes it.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private byte* _memory;

    /// <exception cref="ShimException">InvalidArgument: a string holds a NUL.</exception>
    internal NativeStrings(IReadOnlyList<string> strings)
    {
        int pointers = (strings.Count + 1) * sizeof(byte*);
        int size = pointers;
        foreach (string text in strings)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw ShimException.InvalidArgument("a NUL in an argument or variable");
            }

            size += Encoding.UTF8.GetByteCount(text) + 1;
        }

        _memory = (byte*)NativeMemory.AllocZeroed((nuint)size);
        byte* next = _memory + pointers;
        for (int i = 0; i < strings.Count; i++)
        {
            Pointer[i] = next;
            next += Encoding.UTF8.GetBytes(strings[i], new Span<byte>(next, size)) + 1;
        }
    }

    internal byte** Pointer => (byte**)_memory;

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}
