using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Linux;

/// <summary>Owns a file descriptor of any kind, and only that: unlike <see cref="SafeFileHandle"/> it knows no locks and no positions.</summary>
internal sealed class SafeFd : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes ownership of a descriptor.</summary>
    internal SafeFd(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The number, for texts and for calls made while something else keeps the handle alive.</summary>
    internal int Number => (int)handle;

    /// <summary>Hands the descriptor over to a handle of .NET's own kind; this one is empty afterwards.</summary>
    internal SafeFileHandle IntoFileHandle()
    {
        SafeFileHandle successor = new(handle, ownsHandle: true);
        SetHandleAsInvalid();
        return successor;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Libc.Close((int)handle);
        return true;
    }
}
