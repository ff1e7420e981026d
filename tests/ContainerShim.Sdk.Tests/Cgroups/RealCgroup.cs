using System.Globalization;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>
/// A cgroup of this machine, in hierarchies of v1 or in the unified one that a hybrid machine has beside them, with processes of the
/// test in it. Needs root. Everything in it is ended and removed at the end.
/// </summary>
internal sealed class RealCgroup : IDisposable
{
    internal const string Top = "/sys/fs/cgroup/";

    private static int _count;

    private readonly string[] _controllers;
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"shim-test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
    private readonly TemporaryTree? _view;

    private RealCgroup(string[] controllers, TimeProvider? time)
    {
        _controllers = controllers;
        Array.ForEach(controllers, controller => Directory.CreateDirectory(DirectoryOf(controller)));
        Os = new OsFixture();
        if (IsUnified)
        {
            // A machine on which the unified hierarchy is the only one, seen through the same files.
            _view = new TemporaryTree().Write("/proc/self/mountinfo", "40 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
            File.CreateSymbolicLink(_view.Path("/sys"), "/sys");
        }

        Loader = new CgroupLoader(new HostFiles(_view?.Root ?? ""), Os.Reactor, time ?? TimeProvider.System, NullLogger.Instance);
    }

    internal OsFixture Os { get; }

    internal CgroupLoader Loader { get; }

    private bool IsUnified => _controllers[0] == "unified";

    internal static RealCgroup V1(TimeProvider? time = null) => new(["memory", "pids", "freezer", "cpu", "cpuacct"], time);

    internal static RealCgroup V2(TimeProvider? time = null) => new(["unified"], time);

    internal string DirectoryOf(string controller, string below = "") => Top + controller + "/" + _name + below;

    internal string Read(string controller, string file) => File.ReadAllText(DirectoryOf(controller, "/" + file)).Trim();

    internal void Write(string controller, string file, string value) => File.WriteAllText(DirectoryOf(controller, "/" + file), value);

    /// <summary>Shell commands that put the shell into the cgroup, or into one below it.</summary>
    internal string Enter(string below = "") =>
        string.Concat(_controllers.Select(controller => $"mkdir -p {DirectoryOf(controller, below)} && echo $$ > {DirectoryOf(controller, below)}/cgroup.procs; "));

    /// <summary>Runs a script in the cgroup; it is there when this returns.</summary>
    internal async Task<IProcessWatch> StartAsync(string script, string below = "")
    {
        IProcessWatch watch = Os.StartShell(Enter(below) + script);
        await OsFixture.UntilAsync(() => Pids(below).Contains(watch.Pid) || watch.Exited.IsCompleted);
        return watch;
    }

    internal List<int> Pids(string below = "")
    {
        string file = DirectoryOf(_controllers[^1], below) + "/cgroup.procs";
        return File.Exists(file) ? [.. File.ReadAllLines(file).Select(static line => int.Parse(line, CultureInfo.InvariantCulture))] : [];
    }

    internal ICgroup Load(int pid)
    {
        _view?.Write($"/proc/{pid}/cgroup", File.ReadAllLines($"/proc/{pid}/cgroup").First(static line => line.StartsWith("0::", StringComparison.Ordinal)) + "\n");
        return Loader.Load(pid);
    }

    /// <summary>Removes the cgroup in all hierarchies; the kernel takes a moment after the last process.</summary>
    internal Task RemoveAsync() => OsFixture.UntilAsync(() => _controllers.All(controller => TryRemove(DirectoryOf(controller))));

    public void Dispose()
    {
        foreach (string controller in _controllers)
        {
            string directory = DirectoryOf(controller);
            for (int attempt = 0; attempt < 2000 && !TryRemove(directory); attempt++)
            {
                Empty(directory);
                Thread.Yield();
            }
        }

        Os.Dispose();
        _view?.Dispose();
    }

    private static void Empty(string directory)
    {
        foreach (string path in Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories).Prepend(directory))
        {
            foreach (string line in File.ReadAllLines(path + "/cgroup.procs"))
            {
                if (Libc.TryPidfdOpen(int.Parse(line, CultureInfo.InvariantCulture), out _) is { } pidfd)
                {
                    _ = Libc.PidfdSendSignal(pidfd, 9);
                    pidfd.Dispose();
                }
            }

            if (File.Exists(path + "/freezer.state"))
            {
                File.WriteAllText(path + "/freezer.state", "THAWED");
            }
        }
    }

    private static bool TryRemove(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return true;
        }

        try
        {
            foreach (string child in Directory.EnumerateDirectories(directory))
            {
                TryRemove(child);
            }

            // Not Directory.Delete with its recursion: control files cannot be deleted.
            Directory.Delete(directory);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
