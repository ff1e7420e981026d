using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>
/// A test in which this process was a subreaper leaves it one, and then it would get the orphans of the next tests' shims and never collect
/// them: a zombie in a pid namespace keeps the namespace's init from ending.
/// </summary>
internal static class Orphans
{
    private const int SetChildSubreaper = 36;

    /// <summary>See PR_SET_CHILD_SUBREAPER(2const).</summary>
    public static void LeaveToInit() => Libc.ProcessControl(SetChildSubreaper, 0);
}
