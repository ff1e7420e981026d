using ContainerShim.Sdk.Protocol.Cgroups.V1;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller blkio: what the CFQ scheduler counts (Linux before 5.0), else what the throttling layer counts.</summary>
internal static class BlkioV1
{
    internal static BlkIOStat Read(HostReader reader, string directory)
    {
        BlkIOStat stat = new();
        string start = directory + "/blkio.";
        if (!reader.Files.FileExists(start + "io_serviced_recursive") || !ReadCfq(reader, start, stat))
        {
            ReadEntries(reader, start + "throttle.io_serviced", stat.IoServicedRecursive);
            ReadEntries(reader, start + "throttle.io_service_bytes", stat.IoServiceBytesRecursive);
        }

        BlockDevices devices = new(reader);
        devices.Name(stat.SectorsRecursive);
        devices.Name(stat.IoServiceBytesRecursive);
        devices.Name(stat.IoServicedRecursive);
        devices.Name(stat.IoQueuedRecursive);
        devices.Name(stat.IoServiceTimeRecursive);
        devices.Name(stat.IoWaitTimeRecursive);
        devices.Name(stat.IoMergedRecursive);
        devices.Name(stat.IoTimeRecursive);
        return stat;
    }

    /// <summary>False when the files are all empty: the scheduler is there, and no device of the cgroup uses it.</summary>
    private static bool ReadCfq(HostReader reader, string start, BlkIOStat stat)
    {
        bool any = ReadEntries(reader, start + "sectors_recursive", stat.SectorsRecursive);
        any |= ReadEntries(reader, start + "io_service_bytes_recursive", stat.IoServiceBytesRecursive);
        any |= ReadEntries(reader, start + "io_serviced_recursive", stat.IoServicedRecursive);
        any |= ReadEntries(reader, start + "io_queued_recursive", stat.IoQueuedRecursive);
        any |= ReadEntries(reader, start + "io_service_time_recursive", stat.IoServiceTimeRecursive);
        any |= ReadEntries(reader, start + "io_wait_time_recursive", stat.IoWaitTimeRecursive);
        any |= ReadEntries(reader, start + "io_merged_recursive", stat.IoMergedRecursive);
        any |= ReadEntries(reader, start + "time_recursive", stat.IoTimeRecursive);
        return any;
    }

    /// <summary>Lines <c>8:0 Read 4096</c>, or <c>8:0 4096</c> in the files that do not tell operations apart; a last line <c>Total 4096</c>.</summary>
    private static bool ReadEntries(HostReader reader, string path, RepeatedField<BlkIOEntry> entries)
    {
        if (!reader.TryRead(path, out ReadOnlySpan<char> text))
        {
            return false;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> major = FieldReader.Divide(lines.NextField(), ':', out ReadOnlySpan<char> minor);
            ReadOnlySpan<char> second = lines.NextField();
            ReadOnlySpan<char> third = lines.NextField();
            if (!minor.IsEmpty)
            {
                entries.Add(new BlkIOEntry
                {
                    Major = CgroupNumber.Parse(major),
                    Minor = CgroupNumber.Parse(minor),
                    Op = third.IsEmpty ? "" : second.ToString(),
                    Value = CgroupNumber.Parse(third.IsEmpty ? second : third),
                });
            }
        }

        return entries.Count > 0;
    }
}
