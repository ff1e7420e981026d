using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Processes;

/// <summary>The ended children of this process.</summary>
internal sealed class OwnZombies : IZombies
{
    /// <inheritdoc/>
    public void Find(Predicate<int> skip, Action<IReadOnlyList<int>> onFound)
    {
        // One call tells in nearly all cases that there is nothing to do. It collects nothing.
        if (Libc.WaitId(WaitTarget.Any, 0, WaitOptions.Peek, out SignalInfo any) != 0 || any.Pid == 0)
        {
            onFound([]);
            return;
        }

        onFound(ProcFiles.ReadChildren().FindAll(pid =>
            !skip(pid) && Libc.WaitId(WaitTarget.Pid, pid, WaitOptions.Peek, out SignalInfo child) == 0 && child.Pid == pid));
    }

    /// <inheritdoc/>
    public void Collect(int pid, Action<int> onCollected)
    {
        if (Libc.WaitId(WaitTarget.Pid, pid, WaitOptions.Collect, out SignalInfo child) == 0 && child.Pid == pid)
        {
            onCollected(child.ExitCode);
        }
    }
}
