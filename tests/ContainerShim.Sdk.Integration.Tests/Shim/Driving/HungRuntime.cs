using ContainerShim.Sdk.Integration.Tests.Harness;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A runtime that hangs in one command for one container until it is let go, then does it, and leaves a mark.</summary>
/// <remarks>It hangs in opening a FIFO, so whether it does can be seen by opening the other end, and no process is needed for it.</remarks>
internal sealed class HungRuntime
{
    private readonly string _gate;
    private readonly string _mark;

    public HungRuntime(ShimSite site, string command, string containerId)
    {
        Path = System.IO.Path.Combine(site.Directory, $"runtime-{command}");
        _gate = Path + ".gate";
        _mark = Path + ".mark";
        Native.MakeFifo(_gate);
        File.WriteAllText(Path, $"""
            #!/bin/sh
            case " $* " in
            *" {command} "*"{containerId} "*)
                read -r line < {_gate}
                : > {_mark}
                ;;
            esac
            exec {site.Runtime.Binary} "$@"

            """);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    /// <summary>Whether it has ever gone on.</summary>
    public bool WentOn => File.Exists(_mark);

    /// <summary>Whether a call hangs now. Asking lets it go, if the answer is yes.</summary>
    public bool LetGo()
    {
        using SafeFileHandle? gate = Native.TryOpenWriter(_gate);
        return gate is not null;
    }

    /// <summary>Waits until a call hangs.</summary>
    public Task HangsAsync() => Eventually.ShowsAsync(() => HangingCalls() > 0, hangs => hangs, "the runtime hangs");

    /// <summary>Waits until none hangs any more.</summary>
    public Task GoneAsync(TimeSpan timeout) => Eventually.ShowsAsync(HangingCalls, calls => calls == 0, "the runtime's process ends", timeout);

    /// <summary>The kernel tells in /proc/PID/syscall where a process waits; 257 is openat(2).</summary>
    private int HangingCalls() => Directory.EnumerateDirectories("/proc")
        .Count(process => char.IsAsciiDigit(System.IO.Path.GetFileName(process)[0]) && Runs(process) && Read($"{process}/syscall").StartsWith("257 ", StringComparison.Ordinal));

    private bool Runs(string process) => Read($"{process}/cmdline").Contains(Path + "\0", StringComparison.Ordinal);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
