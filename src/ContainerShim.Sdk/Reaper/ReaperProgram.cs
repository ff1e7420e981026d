using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Reaper;

/// <summary>The reaper's program, a resource of this assembly, and how it is run without being installed.</summary>
internal static class ReaperProgram
{
    private const string Name = "containershim-reaper";

    private const string Alternatives = "ExitTracking.Subreaper, or ExitTracking.KernelInfo on Linux 6.15 or later";

    /// <summary>Runs it beside this process, listening on a socket. Returns when it has left this process's children.</summary>
    /// <exception cref="ShimException">FailedPrecondition: it is not there for this architecture, or must not be executed here.</exception>
    internal static void Start(SafeFd listener, string directory, string socketPath)
    {
        byte[] program = Read();
        ShimException? refusal = null;
        foreach (Func<byte[], string, SafeFileHandle> write in new Func<byte[], string, SafeFileHandle>[] { WriteToMemory, WriteToDirectory })
        {
            try
            {
                using SafeFileHandle file = write(program, directory);
                Run(listener, file, socketPath);
                return;
            }
            catch (ShimException exception)
            {
                refusal = exception;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                refusal = ShimException.PermissionDenied(exception.Message, exception);
            }
        }

        throw new ShimException(
            ShimErrorCode.FailedPrecondition,
            $"the reaper cannot be started: neither from memory nor from {directory} ({refusal!.Message}). Allow one of them, or choose {Alternatives}",
            refusal);
    }

    private static byte[] Read()
    {
        string architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            Architecture other => other.ToString(),
        };
        using Stream stream = typeof(ReaperProgram).Assembly.GetManifestResourceStream("reaper-" + architecture)
            ?? throw ShimException.FailedPrecondition(
                $"this build of ContainerShim.Sdk has no reaper for {architecture}; choose {Alternatives}");
        byte[] program = new byte[stream.Length];
        stream.ReadExactly(program);
        return program;
    }

    private static SafeFileHandle WriteToMemory(byte[] program, string directory)
    {
        SafeFileHandle file = Libc.ExecutableMemoryFile(Name);
        RandomAccess.Write(file, program, 0);
        return file;
    }

    private static SafeFileHandle WriteToDirectory(byte[] program, string directory)
    {
        const UnixFileMode OwnerExecutes = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        string path = Path.Join(directory, Name);
        File.Delete(path);
        using (FileStream file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerExecutes }))
        {
            file.Write(program);
        }

        // It has no name any more when it runs, so that nothing is left to be cleaned up.
        SafeFileHandle opened = File.OpenHandle(path);
        File.Delete(path);
        return opened;
    }

    private static void Run(SafeFd listener, SafeFileHandle program, string socketPath)
    {
        const int Listener = 3;
        int pid = PosixSpawner.Start(new SpawnRequest
        {
            // The descriptor's number in the child: the first after the listener.
            FileName = $"/proc/self/fd/{Listener + 1}",
            Arguments = [Name, socketPath],
            ExtraDescriptors = [listener, program],
        });

        // It leaves a child behind and exits at once. As PID 1, or with another reaper of children, the host may have collected it before.
        int error = Libc.WaitId(WaitTarget.Pid, pid, WaitOptions.Exited, out SignalInfo ended);
        if (error == 0 && ended.ExitCode != 0)
        {
            throw ShimException.ResourceExhausted("it has found no room for a process");
        }
    }
}
