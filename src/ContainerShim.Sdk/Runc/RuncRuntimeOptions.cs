namespace ContainerShim.Sdk.Runc;

/// <summary>
/// How <see cref="RuncRuntime"/> calls the runtime's binary: <c>Runc</c> of <see cref="ContainerShimSettings"/> and of
/// <see cref="Bootstrap.ShimBuilder"/>. Read once, when the runtime is made.
/// </summary>
/// <remarks>
/// A time limit is the runtime driver's own and comes on top of the caller's token; <see cref="Timeout.InfiniteTimeSpan"/> turns it
/// off. When it passes, the runtime process is killed and the call fails with <see cref="ShimErrorCode.DeadlineExceeded"/>.
/// </remarks>
public sealed class RuncRuntimeOptions
{
    /// <summary>Limit of <c>create</c>, <c>start</c> and <c>exec</c>, which run hooks. Default: 2 minutes.</summary>
    public TimeSpan CreateTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Limit of <c>checkpoint</c> and <c>restore</c>, which write and read the container's memory. Default: 10 minutes.</summary>
    public TimeSpan CheckpointTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Limit of <c>kill</c>. Default: 10 seconds. An engine kills a container without the runtime after this or 5 seconds, whichever is less.</summary>
    public TimeSpan KillTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Limit of <c>delete</c>, which waits for processes to end and runs hooks. Default: 30 seconds.</summary>
    public TimeSpan DeleteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Limit of <c>pause</c>, <c>resume</c> and <c>update</c>. Default: 30 seconds.</summary>
    public TimeSpan ChangeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Limit of <c>ps</c>, <c>state</c>, <c>features</c> and <c>--version</c>. Default: 10 seconds.</summary>
    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether to refuse a binary that somebody other than root and the user of this process could change: by its owner, or by a
    /// mode writable for group or others. Default: false, like containerd.
    /// </summary>
    public bool RequireTrustedBinary { get; set; }

    /// <summary>
    /// Names of environment variables to pass on to the runtime besides <c>PATH</c>, <c>XDG_RUNTIME_DIR</c> and
    /// <c>DBUS_SESSION_BUS_ADDRESS</c>; all others are withheld, and <c>LANG</c> is always <c>C</c>. Default: none.
    /// </summary>
    public IList<string> InheritedVariables { get; } = [];

    internal IEnumerable<string> Mistakes() =>
    [
        .. OptionRules.Failures(
            Limit(CreateTimeout, nameof(CreateTimeout)),
            Limit(CheckpointTimeout, nameof(CheckpointTimeout)),
            Limit(KillTimeout, nameof(KillTimeout)),
            Limit(DeleteTimeout, nameof(DeleteTimeout)),
            Limit(ChangeTimeout, nameof(ChangeTimeout)),
            Limit(QueryTimeout, nameof(QueryTimeout))),
        .. InheritedVariables.Where(static name => name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            .Select(static name => $"Runc:InheritedVariables has '{name}', which is no name of a variable."),
    ];

    private static (bool Holds, string Text) Limit(TimeSpan value, string name) =>
        (OptionRules.IsLimit(value), $"Runc:{name} must be longer than zero and shorter than 24 days, or infinite (-00:00:00.001).");
}
