using System.Text;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Mounts;

/// <summary>Mounts of the types <c>fuse.X</c> and <c>fuse3.X</c>, which are programs: mount.fuse(8) starts them.</summary>
internal sealed class FuseHelper(IProcessSpawner spawner, TimeProvider time, string searchPath = FuseHelper.DefaultSearchPath)
{
    private const string DefaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int OutputLimit = 4096;
    private const int SigKill = 9;

    /// <summary>The program that serves the mount goes into the background once it serves; one that waits for a network may take a while.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(2);

    /// <summary>The helper for a type, or null for a file system of the kernel.</summary>
    internal static string? HelperFor(string type) =>
        type.StartsWith("fuse3.", StringComparison.Ordinal) ? "mount.fuse3"
        : type.StartsWith("fuse.", StringComparison.Ordinal) ? "mount.fuse"
        : null;

    /// <summary>Runs the helper to its end; a minute is its limit, and the token ends it too. The mount may be there even so.</summary>
    /// <exception cref="MountException">The helper is missing, failed or hung.</exception>
    internal async Task MountAsync(string helper, RootfsMount mount, string target, CancellationToken cancellationToken)
    {
        string path = searchPath.Split(':').Select(directory => Path.Join(directory, helper)).FirstOrDefault(File.Exists)
            ?? throw new MountException($"exec: {Quoted.Text(helper)}: executable file not found in $PATH");
        List<string> arguments = [helper, mount.Source, target];
        foreach (string option in mount.Options)
        {
            arguments.AddRange(["-o", option]);
        }

        arguments.AddRange(["-t", mount.Type[(mount.Type.IndexOf('.') + 1)..]]);
        using SafeFileHandle output = Libc.MemoryFile("mount-output");
        using IProcessWatch child = spawner.Spawn(new SpawnRequest
        {
            FileName = path, Arguments = arguments, Environment = ["PATH=" + searchPath], Stdout = output, Stderr = output, NewProcessGroup = true,
        });

        ProcessExit exit = await EndAsync(child, helper, cancellationToken).ConfigureAwait(false);
        if (exit.ExitCode != 0)
        {
            byte[] text = new byte[OutputLimit];
            int count = RandomAccess.Read(output, text, 0);
            throw new MountException(
                $"mount helper [{helper} [{string.Join(' ', arguments.Skip(1))}]] failed: {Quoted.Text(Encoding.UTF8.GetString(text, 0, count))}: exit status {exit.ExitCode}");
        }
    }

    private async Task<ProcessExit> EndAsync(IProcessWatch child, string helper, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(Limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await child.Exited.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await KillAsync(child).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new MountException($"mount helper {helper} did not end within {Limit.TotalSeconds} s");
        }
    }

    private async Task KillAsync(IProcessWatch child)
    {
        try
        {
            if (child is IProcessGroupWatch leader)
            {
                leader.SignalGroup(SigKill);
            }
            else
            {
                child.Signal(SigKill);
            }

            await child.Exited.WaitAsync(KillGrace, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ShimException or TimeoutException)
        {
            // It has just ended, or hangs in the kernel.
        }
    }
}
