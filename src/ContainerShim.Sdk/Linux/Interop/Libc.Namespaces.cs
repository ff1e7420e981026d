using System.Runtime.InteropServices;
using System.Text;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int CloneNewUts = 0x04000000;
    private const int CloneNewIpc = 0x08000000;
    private const int CloneNewPid = 0x20000000;
    private const int CloneNewNetwork = 0x40000000;

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int NativeSetNamespace(SafeHandle descriptor, int type);

    [LibraryImport("libc", EntryPoint = "sethostname", SetLastError = true)]
    private static unsafe partial int NativeSetHostName(byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "pause")]
    private static partial int NativePause();

    /// <summary>Moves the calling thread into the network namespace that a path refers to; another kind of file is refused. See setns(2).</summary>
    internal static void JoinNetworkNamespace(string path)
    {
        using SafeFd file = Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        Check(NativeSetNamespace(file, CloneNewNetwork), "setns " + path);
    }

    /// <summary>
    /// Gives the calling thread, or for pids the children that it starts, namespaces of its own. For a thread that ends soon: it can
    /// start no more threads afterwards. See unshare(2).
    /// </summary>
    internal static void LeaveNamespaces(bool ipc, bool uts, bool pidOfChildren) => Check(
        NativeUnshare((ipc ? CloneNewIpc : 0) | (uts ? CloneNewUts : 0) | (pidOfChildren ? CloneNewPid : 0)), "unshare");

    /// <summary>Names the host in the UTS namespace of the calling thread. See sethostname(2).</summary>
    internal static unsafe void SetHostName(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* start = bytes)
        {
            Check(NativeSetHostName(start, (nuint)bytes.Length), "sethostname " + name);
        }
    }

    /// <summary>Waits for a signal that ends the process. See pause(2).</summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void PauseForEver()
    {
        while (true)
        {
            _ = NativePause();
        }
    }
}
