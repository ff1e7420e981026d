using System.Text;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Makes controllers available down to a cgroup, as containerd's shim does, best effort.</summary>
internal static class SubtreeControllers
{
    /// <summary>Enables the root's controllers in every directory between the mount point and the cgroup, which itself is left alone.</summary>
    internal static void Enable(HostReader reader, string? mountPoint, string directory, ILogger logger)
    {
        if (mountPoint is null || !directory.StartsWith(mountPoint, StringComparison.Ordinal)
            || !reader.TryRead(mountPoint + "/cgroup.controllers", out ReadOnlySpan<char> text))
        {
            return;
        }

        List<string> controllers = [];
        foreach (Range range in text.Trim().Split(' '))
        {
            controllers.Add("+" + text.Trim()[range].ToString());
        }

        string at = mountPoint;
        foreach (string part in directory[mountPoint.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string controller in controllers)
            {
                int error = reader.Files.TryWrite(at + "/cgroup.subtree_control", Encoding.ASCII.GetBytes(controller));
                if (error != 0)
                {
                    logger.ControllersNotEnabled(controller, at, error);
                }
            }

            at += "/" + part;
        }
    }
}
