using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk;

/// <summary>A further process to run in a container. What is not set is as for the container's own process.</summary>
public sealed record ExecOptions
{
    /// <summary>The program and its arguments. A program without a slash is looked for in the container's <c>PATH</c>.</summary>
    public required IReadOnlyList<string> Args { get; init; }

    /// <summary>A new id in the container: letters, digits and inner <c>._-</c>, at most 76 characters. Default: empty, one is made up.</summary>
    public string ExecId { get; init; } = "";

    /// <summary>Environment variables, added to those of the container or replacing them. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>The directory it starts in, absolute. Default: null, that of the container.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whom it runs as. Default: null, as the container's own process.</summary>
    public ContainerUser? User { get; init; }

    /// <summary>Its capabilities. Default: null, those of the container's own process.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Its streams. Default: <see cref="ContainerStdio.None"/>; not looked at by <see cref="ShimContainer.RunAsync(ExecOptions, CancellationToken)"/>.</summary>
    public ContainerStdio Stdio { get; init; } = ContainerStdio.None;

    /// <summary>
    /// How long it may run, from its start. Then it is killed (SIGKILL, the process itself), ends with 137, and
    /// <see cref="ShimProcess.TimedOut"/> says why. Default: null, without limit.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What <see cref="ShimContainer.RunAsync(ExecOptions, CancellationToken)"/> gives it to read. Default: nothing.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>
    /// How many bytes <see cref="ShimContainer.RunAsync(ExecOptions, CancellationToken)"/> keeps of each of its output streams; what comes
    /// after them is read and dropped. Default: 1 MiB.
    /// </summary>
    public int CaptureLimit { get; init; } = 1024 * 1024;

    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal void Validate()
    {
        if (Args is not { Count: > 0 } || string.IsNullOrEmpty(Args[0]) || Args.Any(static text => text is null || text.Contains('\0', StringComparison.Ordinal)))
        {
            throw ShimException.InvalidArgument("there is no program to run, or an argument is null or has a NUL in it");
        }

        if (WorkingDirectory is { } directory && !directory.StartsWith('/'))
        {
            throw ShimException.InvalidArgument($"working directory {directory} is not an absolute path");
        }

        if (Timeout is { } timeout && (timeout <= TimeSpan.Zero || timeout.TotalMilliseconds > int.MaxValue))
        {
            throw ShimException.InvalidArgument($"a timeout of {timeout}");
        }

        if (CaptureLimit < 0)
        {
            throw ShimException.InvalidArgument($"a capture limit of {CaptureLimit}");
        }

        if (Env is null)
        {
            throw ShimException.InvalidArgument("the environment is null; leave it empty for that of the container");
        }

        foreach ((string name, string value) in Env)
        {
            BundleBuilder.DemandVariable(name, value);
        }

        Stdio.Validate();
    }
}
