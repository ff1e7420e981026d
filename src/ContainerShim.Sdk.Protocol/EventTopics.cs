namespace ContainerShim.Sdk.Protocol;

/// <summary>The topic under which containerd expects each event.</summary>
public static class EventTopics
{
    /// <summary>Topic of <see cref="Events.TaskCreate"/>.</summary>
    public const string TaskCreate = "/tasks/create";

    /// <summary>Topic of <see cref="Events.TaskStart"/>.</summary>
    public const string TaskStart = "/tasks/start";

    /// <summary>Topic of <see cref="Events.TaskDelete"/>.</summary>
    public const string TaskDelete = "/tasks/delete";

    /// <summary>Topic of <see cref="Events.TaskExit"/>.</summary>
    public const string TaskExit = "/tasks/exit";

    /// <summary>Topic of <see cref="Events.TaskOOM"/>.</summary>
    public const string TaskOom = "/tasks/oom";

    /// <summary>Topic of <see cref="Events.TaskExecAdded"/>.</summary>
    public const string TaskExecAdded = "/tasks/exec-added";

    /// <summary>Topic of <see cref="Events.TaskExecStarted"/>.</summary>
    public const string TaskExecStarted = "/tasks/exec-started";

    /// <summary>Topic of <see cref="Events.TaskPaused"/>.</summary>
    public const string TaskPaused = "/tasks/paused";

    /// <summary>Topic of <see cref="Events.TaskResumed"/>.</summary>
    public const string TaskResumed = "/tasks/resumed";

    /// <summary>Topic of <see cref="Events.TaskCheckpointed"/>.</summary>
    public const string TaskCheckpointed = "/tasks/checkpointed";

    /// <summary>Topic of <see cref="Events.SandboxCreate"/>, which the daemon publishes.</summary>
    public const string SandboxCreate = "/sandboxes/create";

    /// <summary>Topic of <see cref="Events.SandboxStart"/>, which the daemon publishes.</summary>
    public const string SandboxStart = "/sandboxes/start";

    /// <summary>Topic of <see cref="Events.SandboxExit"/>, which the daemon publishes.</summary>
    public const string SandboxExit = "/sandboxes/exit";

    /// <summary>What the reference shim calls an event that it does not know. containerd refuses it.</summary>
    public const string Unknown = "?";

    /// <summary>The topic of the event with the given type URL, or <see cref="Unknown"/>.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="typeUrl"/> is null.</exception>
    public static string Of(string typeUrl) => TypeUrls.NameOf(typeUrl) switch
    {
        TypeUrls.TaskCreate => TaskCreate,
        TypeUrls.TaskStart => TaskStart,
        TypeUrls.TaskDelete => TaskDelete,
        TypeUrls.TaskExit => TaskExit,
        TypeUrls.TaskOom => TaskOom,
        TypeUrls.TaskExecAdded => TaskExecAdded,
        TypeUrls.TaskExecStarted => TaskExecStarted,
        TypeUrls.TaskPaused => TaskPaused,
        TypeUrls.TaskResumed => TaskResumed,
        TypeUrls.TaskCheckpointed => TaskCheckpointed,
        TypeUrls.SandboxCreate => SandboxCreate,
        TypeUrls.SandboxStart => SandboxStart,
        TypeUrls.SandboxExit => SandboxExit,
        _ => Unknown,
    };
}
