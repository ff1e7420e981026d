using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk;

/// <summary>How an engine inside a host process works. Read once, when the engine is made.</summary>
public sealed class ContainerShimOptions : ContainerShimSettings
{
    /// <summary>Creates the defaults.</summary>
    public ContainerShimOptions()
    {
    }

    /// <summary>Takes over what configuration says.</summary>
    public ContainerShimOptions(ContainerShimSettings settings)
        : base(settings)
    {
    }

    /// <summary>Creates containers. Default: null, runc.</summary>
    public IOciRuntime? Runtime { get; set; }

    /// <summary>
    /// Makes the runtime from what the engine has of this machine, when <see cref="Runtime"/> is null. Called once, when the engine is
    /// made. Default: null, runc.
    /// </summary>
    public Func<LinuxHost, IOciRuntime>? RuntimeFactory { get; set; }

    /// <summary>The clock of the engine's time limits and timestamps, for tests. Default: null, the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Options for containers that are created without options of their own. Default: runc, with its state in <see cref="ContainerShimSettings.StateDirectory"/>.</summary>
    public RuntimeOptions RuntimeOptions { get; set; } = new();

    /// <summary>Learns of exits. Default: null, by pidfds.</summary>
    public IProcessMonitor? Monitor { get; set; }

    /// <summary>Finds cgroups. Default: null, those of Linux, v1 or v2.</summary>
    public ICgroupLoader? Cgroups { get; set; }

    /// <summary>
    /// Takes the events, too; they can be read from <see cref="ContainerShimEngine.Events"/> in any case. The engine owns it and disposes of it
    /// after the last event, so that two engines need two. Default: null.
    /// </summary>
    public IEventPublisher? Publisher { get; set; }

    /// <summary>
    /// Wraps the task service that <see cref="ContainerShimEngine.Tasks"/> offers, for those who serve it or call it. It sees these calls
    /// alone: <see cref="ContainerShimEngine.CreateContainerAsync(string, ContainerCreateOptions, CancellationToken)"/>,
    /// <see cref="ShimContainer"/> and <see cref="ShimProcess"/> act on a container itself, whatever id it has, and not by requests. What is to
    /// see everything wraps the runtime, or reads the events. Default: null, it is not wrapped.
    /// </summary>
    public Func<IShimTaskService, IShimTaskService>? TaskServiceDecorator { get; set; }

    /// <summary>Where the engine logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Validate() =>
    [
        .. base.Validate(),
        .. OptionRules.Failures(RuntimeOptions),
        .. OptionRules.Failures(
            (LoggerFactory is not null, "LoggerFactory is null.")),
    ];
}
