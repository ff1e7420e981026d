using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Tells the process of a record from another one that got its pid later.</summary>
internal static class ProcessIdentity
{
    /// <summary>The record with the identity of a process that is pinned now.</summary>
    internal static ProcessRecord Mark(ProcessRecord record, int pid) =>
        record with { Pid = pid, StartTime = pid == 0 ? 0 : ProcFiles.ReadStartTime(pid) ?? 0, Boot = ReadBoot() };

    /// <summary>Whether the process is still there, perhaps as a zombie.</summary>
    internal static bool IsThere(ProcessRecord record) =>
        record.Pid > 0 && record.Boot == ReadBoot() && ProcFiles.ReadStartTime(record.Pid) is { } started && started == record.StartTime;

    private static string ReadBoot() =>
        BundleFiles.TryRead("/proc/sys/kernel/random/boot_id") is { } text ? System.Text.Encoding.ASCII.GetString(text).Trim() : "";
}
