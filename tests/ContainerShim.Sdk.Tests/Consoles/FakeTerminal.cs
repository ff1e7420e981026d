using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Tests.Consoles;

/// <summary>A pseudo terminal, sent to a console socket as a runtime does it.</summary>
internal sealed unsafe partial class FakeTerminal : IDisposable
{
    internal FakeTerminal()
    {
        Master = Libc.Open("/dev/ptmx", OpenFlags.ReadWrite);
        int unlocked = 0;
        int number;
        Assert.That(ioctl(Master, 0x40045431, &unlocked), Is.Zero);
        Assert.That(ioctl(Master, 0x80045430, &number), Is.Zero);
        SlavePath = $"/dev/pts/{number}";
    }

    internal SafeFd Master { get; }

    internal string SlavePath { get; }

    public void Dispose() => Master.Dispose();

    internal SafeFd OpenSlave() => Libc.Open(SlavePath, OpenFlags.ReadWrite);

    internal static (ushort Columns, ushort Rows) SizeOf(SafeFd terminal)
    {
        Libc.WindowSize size;
        Assert.That(ioctl(terminal, 0x5413, &size), Is.Zero);
        return (size.Columns, size.Rows);
    }

    /// <summary>Connects, sends the descriptors in one message, and leaves.</summary>
    internal static void Send(string socketPath, params SafeFd[] descriptors)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        byte* control = stackalloc byte[1024];
        NativeMemory.Clear(control, 1024);
        Libc.ControlHeader* header = (Libc.ControlHeader*)control;
        header->Length = (nuint)(sizeof(Libc.ControlHeader) + (descriptors.Length * sizeof(int)));
        header->Level = 1;
        header->Type = 1;
        for (int i = 0; i < descriptors.Length; i++)
        {
            ((int*)(control + sizeof(Libc.ControlHeader)))[i] = descriptors[i].Number;
        }

        byte name = (byte)'x';
        Libc.IoVector vector = new() { Start = &name, Length = 1 };
        Libc.MessageHeader message = new() { Vectors = &vector, VectorCount = 1 };
        if (descriptors.Length > 0)
        {
            message.Control = control;
            message.ControlLength = (header->Length + 7) & ~(nuint)7;
        }

        Assert.That(sendmsg(socket.SafeHandle, &message, 0), Is.EqualTo((nint)1));
    }

    [LibraryImport("libc")]
    private static partial int ioctl(SafeHandle descriptor, nuint request, void* argument);

    [LibraryImport("libc")]
    private static partial nint sendmsg(SafeHandle socket, Libc.MessageHeader* message, int flags);
}
