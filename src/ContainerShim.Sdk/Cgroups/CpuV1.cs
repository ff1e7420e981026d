using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The files of the v1 controllers cpu and cpuacct, which are mostly mounted together.</summary>
internal static class CpuV1
{
    /// <summary>USER_HZ, which is 100 on every architecture that .NET runs on.</summary>
    private const ulong NanosecondsPerTick = 1_000_000_000 / 100;

    internal static CPUUsage ReadUsage(HostReader reader, string directory)
    {
        CPUUsage usage = new() { Total = reader.ReadNumber(directory + "/cpuacct.usage") };
        if (reader.TryRead(directory + "/cpuacct.usage_percpu", out ReadOnlySpan<char> text))
        {
            FieldReader line = new(text);
            ReadOnlySpan<char> field;
            for (bool any = line.NextLine(); any && !(field = line.NextField()).IsEmpty;)
            {
                usage.PerCpu.Add(CgroupNumber.Parse(field));
            }
        }

        if (reader.TryRead(directory + "/cpuacct.stat", out text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                ReadOnlySpan<char> key = lines.NextField();
                ulong nanoseconds = CgroupNumber.Parse(lines.NextField()) * NanosecondsPerTick;
                if (key is "user")
                {
                    usage.User = nanoseconds;
                }
                else if (key is "system")
                {
                    usage.Kernel = nanoseconds;
                }
            }
        }

        return usage;
    }

    internal static Throttle ReadThrottling(HostReader reader, string directory)
    {
        Throttle throttle = new();
        if (!reader.TryRead(directory + "/cpu.stat", out ReadOnlySpan<char> text))
        {
            return throttle;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> key = lines.NextField();
            ulong value = CgroupNumber.Parse(lines.NextField());
            switch (key)
            {
                case "nr_periods":
                    throttle.Periods = value;
                    break;
                case "nr_throttled":
                    throttle.ThrottledPeriods = value;
                    break;
                case "throttled_time":
                    throttle.ThrottledTime = value;
                    break;
            }
        }

        return throttle;
    }
}
