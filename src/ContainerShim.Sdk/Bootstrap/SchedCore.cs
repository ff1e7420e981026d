using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Core scheduling: the shim and its containers share no core with others. Asked for by containerd's <c>sched_core</c> setting.</summary>
internal static class SchedCore
{
    public static void CreateIfAsked()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SCHED_CORE")))
        {
            Libc.CreateCoreSchedulingGroup();
        }
    }
}
