using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary><c>siginfo_t</c> as waitid(2) fills it: 128 bytes, the members of SIGCHLD at the same places on x64 and arm64.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SignalInfo
{
    private const int ChildExited = 1;

    [FieldOffset(0)]
    internal int Signal;

    /// <summary><c>CLD_EXITED</c>, <c>CLD_KILLED</c> or <c>CLD_DUMPED</c>.</summary>
    [FieldOffset(8)]
    internal int Code;

    [FieldOffset(16)]
    internal int Pid;

    [FieldOffset(20)]
    internal uint Uid;

    /// <summary>The exit code or the signal.</summary>
    [FieldOffset(24)]
    internal int Status;

    /// <summary>0 to 255 as passed to exit(2); 128+n for signal n.</summary>
    internal readonly int ExitCode => Code == ChildExited ? Status : 128 + Status;
}
