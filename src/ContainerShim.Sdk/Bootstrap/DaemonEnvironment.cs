using System.Collections;
using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Protocol.Bootstrap;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>The environment of the process that serves.</summary>
internal static class DaemonEnvironment
{
    /// <summary>
    /// Completions of socket operations run on the socket thread. Handlers never block, so this saves a hand-over a call: a quarter of
    /// the CPU time.
    /// </summary>
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1";

    /// <summary>With inline completions .NET makes a socket thread for each processor, on a big node a hundred in each shim.</summary>
    private const string OneSocketThread = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT=1";

    /// <summary>The soft limit of descriptors that containerd has, for what the shim starts.</summary>
    private const string DescriptorLimit = "CONTAINERSHIM_DESCRIPTOR_LIMIT";

    /// <summary>Whole seconds, set by whoever runs containerd, whose environment its shims have.</summary>
    private const string IdleTimeout = "CONTAINERSHIM_IDLE_TIMEOUT";

    /// <summary>What a timer takes, see <see cref="Task.Delay(TimeSpan, TimeProvider)"/>.</summary>
    private const uint LongestIdleTimeout = int.MaxValue / 1000;

    private static readonly string[] Dropped = ["NOTIFY_SOCKET", "GOMAXPROCS", DescriptorLimit];

    private static readonly string[] DroppedPrefixes = ["DOTNET_", "COMPlus_", "CORECLR_", "LISTEN_", "LD_"];

    public static IReadOnlyList<string> Make(BootstrapParams? parameters)
    {
        List<string> environment =
        [
            InlineCompletions,
            OneSocketThread,
            string.Create(CultureInfo.InvariantCulture, $"{DescriptorLimit}={ProcessLimits.SoftDescriptors}"),
        ];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (!IsDropped(name) && !(name == "TTRPC_ADDRESS" && parameters?.ContainerdTtrpcAddress.Length > 0))
            {
                environment.Add($"{name}={variable.Value}");
            }
        }

        if (parameters?.ContainerdTtrpcAddress.Length > 0)
        {
            environment.Add("TTRPC_ADDRESS=" + parameters.ContainerdTtrpcAddress);
        }

        return environment;
    }

    /// <summary>
    /// The limit that the process which runs `start` has handed on; null in other processes. The one that serves cannot look at its
    /// parent for it: that may have ended, and the runtime of .NET has raised its own before Main.
    /// </summary>
    public static ulong? ReadDescriptorLimit() =>
        ulong.TryParse(Environment.GetEnvironmentVariable(DescriptorLimit), NumberStyles.None, CultureInfo.InvariantCulture, out ulong soft)
            ? soft
            : null;

    /// <summary>How long a shim without containers is to stay; null where nobody says.</summary>
    public static TimeSpan? ReadIdleTimeout() =>
        uint.TryParse(Environment.GetEnvironmentVariable(IdleTimeout), NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds) && seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestIdleTimeout))
            : null;

    private static bool IsDropped(string name) =>
        Dropped.Contains(name) || DroppedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
