using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller cpu. Times are there without it, too.</summary>
internal static class CpuV2
{
    internal static CPUStat Read(HostReader reader, string directory)
    {
        CPUStat stat = new() { Psi = PressureV2.Read(reader, directory + "/cpu.pressure") };
        if (reader.TryRead(directory + "/cpu.stat", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                ReadOnlySpan<char> key = lines.NextField();
                ulong value = CgroupNumber.Parse(lines.NextField());
                switch (key)
                {
                    case "usage_usec": stat.UsageUsec = value; break;
                    case "user_usec": stat.UserUsec = value; break;
                    case "system_usec": stat.SystemUsec = value; break;
                    case "nr_periods": stat.NrPeriods = value; break;
                    case "nr_throttled": stat.NrThrottled = value; break;
                    case "throttled_usec": stat.ThrottledUsec = value; break;
                    case "nr_bursts": stat.NrBursts = value; break;
                    case "burst_usec": stat.BurstUsec = value; break;
                }
            }
        }

        return stat;
    }
}
