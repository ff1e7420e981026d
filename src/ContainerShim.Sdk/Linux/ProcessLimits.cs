using System.Globalization;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>
/// The limit of open descriptors. CoreCLR raises the soft limit of its process to the hard one (NativeAOT leaves it), and children inherit it;
/// programs that close or select(2) over all descriptors up to the soft limit then crawl or break. posix_spawn(3) cannot set limits, and
/// prlimit(2) on the new child comes too late for a program that reads its limit at once: so the host sets its own soft limit back, as
/// the first thing in Main, to what its starter had. A shim compiled ahead of time needs nothing of this.
/// </summary>
internal static class ProcessLimits
{
    /// <summary>This process's soft limit.</summary>
    internal static ulong SoftDescriptors => Libc.GetDescriptorLimit().Soft;

    /// <summary>Sets this process's soft limit, at most to its hard one.</summary>
    internal static void SetSoftDescriptors(ulong soft)
    {
        ResourceLimit limit = Libc.GetDescriptorLimit();
        limit.Soft = Math.Min(soft, limit.Hard);
        Libc.SetDescriptorLimit(limit);
    }

    /// <summary>The soft limit of a process, such as the parent that started the shim; null when it cannot be read.</summary>
    internal static ulong? ReadSoftDescriptors(int pid)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{pid}/limits"))
            {
                if (line.StartsWith("Max open files", StringComparison.Ordinal))
                {
                    string soft = line[14..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
                    return soft == "unlimited" ? ulong.MaxValue : ulong.Parse(soft, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone, or hidden by hidepid: there is nothing to restore.
        }

        return null;
    }
}
