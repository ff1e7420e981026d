using ContainerShim.Sdk.Linux.Interop;
using Mono.Unix.Native;

namespace ContainerShim.Sdk.Linux;

/// <summary>What the shim's process does to itself in the first statements of Main. A library never does any of it to its host.</summary>
internal static class ProcessSetup
{
    private const int SetChildSubreaper = 36;
    private const int GetChildSubreaper = 37;
    private const nint Default = 0;
    private const nint Ignore = 1;

    /// <summary>
    /// Makes waiting work, leaks nothing to children, and adopts the orphans of containers: SIGCHLD to its default (inherited as ignored
    /// it would make every wait fail, wait(2)), all descriptors but the standard ones and <paramref name="keep"/> more closed on exec,
    /// PR_SET_CHILD_SUBREAPER.
    /// </summary>
    internal static void BecomeShim(int keep = 0)
    {
        Libc.SetDisposition((int)Signum.SIGCHLD, Default);
        CloseOnExec(3 + keep);
        BecomeSubreaper();
    }

    /// <summary>Makes the orphans of containers children of this process. See PR_SET_CHILD_SUBREAPER(2const).</summary>
    internal static void BecomeSubreaper() => Libc.ProcessControl(SetChildSubreaper, 1);

    /// <summary>Marks descriptors that the starter leaked to this process, from a number on, so that children do not get them.</summary>
    internal static void CloseOnExec(int first)
    {
        // Before Linux 5.11 the flag is unknown: descriptors of our own carry O_CLOEXEC anyway, and the spawner closes the rest.
        _ = Libc.CloseOnExecFrom(first);
    }

    /// <summary>Outlives the terminal and the readers of its pipes: SIGHUP and SIGPIPE are ignored. Children get the defaults back.</summary>
    internal static void IgnoreHangUps()
    {
        Libc.SetDisposition((int)Signum.SIGHUP, Ignore);
        Libc.SetDisposition((int)Signum.SIGPIPE, Ignore);
    }

    /// <summary>
    /// Lets a short command finish what it has begun: whoever ends its caller's process group would leave half of it. Children get the
    /// defaults back.
    /// </summary>
    internal static void IgnoreTermination()
    {
        Libc.SetDisposition((int)Signum.SIGTERM, Ignore);
        Libc.SetDisposition((int)Signum.SIGINT, Ignore);
    }

    /// <summary>
    /// Does nothing for ever. Processes that lose their parent in the pid namespace become this one's children; with SIGCHLD ignored the
    /// kernel collects them, see wait(2).
    /// </summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void HoldNamespaces()
    {
        Libc.SetDisposition((int)Signum.SIGCHLD, Ignore);
        Libc.PauseForEver();
    }

    /// <summary>Sets the name that ps(1) shows, cut to 15 bytes by the kernel. Call it on the first thread.</summary>
    internal static void SetName(string name) => Libc.SetThreadName(name);

    /// <summary>Whether orphaned descendants become children of this process.</summary>
    internal static unsafe bool IsSubreaper()
    {
        int value;
        Libc.ProcessControl(GetChildSubreaper, (nint)(&value));
        return value != 0 || Environment.ProcessId == 1;
    }

    /// <summary>Whether SIGCHLD is ignored, so that the kernel collects children and every wait fails. An embedding host must not have it so.</summary>
    internal static bool IgnoresChildren() => Libc.IsIgnored((int)Signum.SIGCHLD);
}
