using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.TestHost;

/// <summary>The host's own children whose status it asks for long after they have ended: those of a library, and those of the framework.</summary>
internal static partial class LateChildren
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1.2);

    /// <summary>Goes on as long as what it runs beside, and returns how many there were and how many had another status than their own.</summary>
    public static async Task<StormResult> RunAsync(Task beside)
    {
        int count = 0, wrong = 0;
        do
        {
            int code = 1 + (count % 255);
            string script = string.Create(CultureInfo.InvariantCulture, $"exit {code}");
            int child = Spawn(script);
            using Process process = Process.Start("/bin/sh", ["-c", script]);
            await Task.Delay(Delay);
            await process.WaitForExitAsync();
            wrong += (process.ExitCode == code ? 0 : 1) + (Collect(child) == code ? 0 : 1);
            count += 2;
        }
        while (!beside.IsCompleted);

        return new StormResult(count, wrong);
    }

    private static unsafe int Spawn(string script)
    {
        fixed (byte* shell = "/bin/sh\0"u8, option = "-c\0"u8, text = System.Text.Encoding.ASCII.GetBytes(script + "\0"))
        {
            byte** arguments = stackalloc byte*[] { shell, option, text, null };
            byte* environment = null;
            int pid;
            int error = PosixSpawn(&pid, shell, null, null, arguments, &environment);
            return error == 0 ? pid : throw new InvalidOperationException($"posix_spawn: error {error}");
        }
    }

    /// <summary>The exit status; -1 when somebody else has it.</summary>
    private static unsafe int Collect(int pid)
    {
        int status;
        return WaitPid(pid, &status, 0) == pid ? (status >> 8) & 0xFF : -1;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static unsafe partial int PosixSpawn(int* pid, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static unsafe partial int WaitPid(int pid, int* status, int options);
}
