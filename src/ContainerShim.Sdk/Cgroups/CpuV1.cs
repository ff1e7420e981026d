using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controllers cpu and cpuacct.</summary>
internal static class CpuV1
{
    // cpuacct.stat counts in USER_HZ, which is 100 on x64 and arm64: see time(7).
    private const ulong NanosecondsPerTick = 1_000_000_000 / 100;

    internal static CPUStat? Read(HostReader reader, string? cpu, string? cpuacct) => cpu is null && cpuacct is null ? null : new CPUStat
    {
        Usage = cpuacct is null ? null : ReadUsage(reader, cpuacct),
        Throttling = cpu is null ? null : ReadThrottling(reader, cpu),
    };

    private static CPUUsage ReadUsage(HostReader reader, string directory)
    {
        CPUUsage usage = new() { Total = reader.ReadNumber(directory + "/cpuacct.usage") };
        if (reader.TryRead(directory + "/cpuacct.stat", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                switch (lines.NextField())
                {
                    case "user": usage.User = CgroupNumber.Parse(lines.NextField()) * NanosecondsPerTick; break;
                    case "system": usage.Kernel = CgroupNumber.Parse(lines.NextField()) * NanosecondsPerTick; break;
                }
            }
        }

        if (reader.TryRead(directory + "/cpuacct.usage_percpu", out text))
        {
            FieldReader fields = new(text);
            fields.NextLine();
            for (ReadOnlySpan<char> field = fields.NextField(); !field.IsEmpty; field = fields.NextField())
            {
                usage.PerCpu.Add(CgroupNumber.Parse(field));
            }
        }

        return usage;
    }

    private static Throttle ReadThrottling(HostReader reader, string directory)
    {
        Throttle throttling = new();
        if (reader.TryRead(directory + "/cpu.stat", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                switch (lines.NextField())
                {
                    case "nr_periods": throttling.Periods = CgroupNumber.Parse(lines.NextField()); break;
                    case "nr_throttled": throttling.ThrottledPeriods = CgroupNumber.Parse(lines.NextField()); break;
                    case "throttled_time": throttling.ThrottledTime = CgroupNumber.Parse(lines.NextField()); break;
                }
            }
        }

        return throttling;
    }
}
