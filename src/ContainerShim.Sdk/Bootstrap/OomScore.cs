using System.Globalization;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Makes the kernel's OOM killer prefer a shim, by a little, to the containerd that started it.</summary>
internal static class OomScore
{
    /// <summary>The kernel's OOM_SCORE_ADJ_MAX.</summary>
    private const int Max = 1000;

    /// <summary>Sets a process's score to that of our parent plus one. Not being allowed to is no error: rootless shims are not.</summary>
    public static void AdjustToParent(int pid)
    {
        try
        {
            string parent = File.ReadAllText($"/proc/{Libc.GetParentPid()}/oom_score_adj");
            int score = Math.Min(int.Parse(parent, CultureInfo.InvariantCulture) + 1, Max);
            File.WriteAllText($"/proc/{pid}/oom_score_adj", score.ToString(CultureInfo.InvariantCulture));
        }
        catch (UnauthorizedAccessException)
        {
            // Lowering needs CAP_SYS_RESOURCE.
        }
    }
}
