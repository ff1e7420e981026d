using System.Text;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>
/// Makes the controllers of a v2 hierarchy available in a cgroup, as containerd's shim does, so that its control files are there. Runtimes
/// do so as well; then nothing is left to do. A refusal (no permission, or a cgroup with processes of its own) costs only metrics.
/// </summary>
internal static class SubtreeControllers
{
    /// <summary>Enables in every directory from the mount point down to the parent of the cgroup what the root offers.</summary>
    internal static void Enable(HostReader reader, string? mountPoint, string directory, ILogger logger)
    {
        if (mountPoint is null || !directory.StartsWith(mountPoint, StringComparison.Ordinal)
            || !reader.TryRead(mountPoint + "/cgroup.controllers", out ReadOnlySpan<char> text))
        {
            return;
        }

        string[] offered = text.Trim().ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int end = mountPoint.Length; end >= 0; end = directory.IndexOf('/', end + 1))
        {
            EnableIn(reader, directory[..end], offered, logger);
        }
    }

    private static void EnableIn(HostReader reader, string directory, string[] offered, ILogger logger)
    {
        string file = directory + "/cgroup.subtree_control";
        if (!reader.TryRead(file, out ReadOnlySpan<char> text))
        {
            return;
        }

        string enabled = text.Trim().ToString();
        StringBuilder missing = new();
        foreach (string controller in offered)
        {
            if (Array.IndexOf(enabled.Split(' '), controller) < 0)
            {
                missing.Append(missing.Length == 0 ? "+" : " +").Append(controller);
            }
        }

        if (missing.Length > 0)
        {
            string change = missing.ToString();
            int error = reader.Files.TryWrite(file, Encoding.ASCII.GetBytes(change));
            if (error != 0)
            {
                logger.ControllersNotEnabled(change, directory, error);
            }
        }
    }
}
