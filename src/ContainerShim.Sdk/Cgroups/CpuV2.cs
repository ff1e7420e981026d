using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary><c>cpu.stat</c> and <c>cpu.pressure</c>.</summary>
internal static class CpuV2
{
    internal static CPUStat Read(HostReader reader, string directory)
    {
        CPUStat stat = new() { Psi = Pressure.Read(reader, directory + "/cpu.pressure") };
        if (!reader.TryRead(directory + "/cpu.stat", out ReadOnlySpan<char> text))
        {
            return stat;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> key = lines.NextField();
            Set(stat, key, CgroupNumber.Parse(lines.NextField()));
        }

        return stat;
    }

    private static void Set(CPUStat stat, ReadOnlySpan<char> key, ulong value)
    {
        switch (key)
        {
            case "usage_usec":
                stat.UsageUsec = value;
                break;
            case "user_usec":
                stat.UserUsec = value;
                break;
            case "system_usec":
                stat.SystemUsec = value;
                break;
            case "nr_periods":
                stat.NrPeriods = value;
                break;
            case "nr_throttled":
                stat.NrThrottled = value;
                break;
            case "throttled_usec":
                stat.ThrottledUsec = value;
                break;
            case "nr_bursts":
                stat.NrBursts = value;
                break;
            case "burst_usec":
                stat.BurstUsec = value;
                break;
        }
    }
}
