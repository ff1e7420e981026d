using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>A process of the <see cref="FakeKernel"/>.</summary>
internal sealed class FakeProcess(int pid, string containerId, string execId)
{
    public int Pid { get; } = pid;

    public string ContainerId { get; } = containerId;

    /// <summary>Empty for an init process.</summary>
    public string ExecId { get; } = execId;

    public bool IsInit => ExecId.Length == 0;

    /// <summary>How it ended; null while it lives.</summary>
    public ProcessExit? Exit { get; set; }

    public bool IsAlive => Exit is null;

    /// <summary>Signals do not end it, as in uninterruptible sleep.</summary>
    public bool IsStuck { get; set; }

    /// <summary>What ends it once it is neither stuck nor frozen.</summary>
    public int? PendingCode { get; set; }

    public bool IsReaped { get; set; }
}
