using ContainerShim.Sdk.Protocol.Cgroups.V1;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The files of the v1 blkio controller.</summary>
internal static class BlkioV1
{
    internal static BlkIOStat Read(HostReader reader, string directory)
    {
        BlkIOStat stat = new();
        Dictionary<(ulong, ulong), string> devices = ReadDevices(reader);
        if (reader.TryRead(directory + "/blkio.io_serviced_recursive", out ReadOnlySpan<char> text) && !text.Trim().IsEmpty)
        {
            Add(reader, directory + "/blkio.sectors_recursive", devices, stat.SectorsRecursive);
            Add(reader, directory + "/blkio.io_service_bytes_recursive", devices, stat.IoServiceBytesRecursive);
            Add(reader, directory + "/blkio.io_serviced_recursive", devices, stat.IoServicedRecursive);
            Add(reader, directory + "/blkio.io_queued_recursive", devices, stat.IoQueuedRecursive);
            Add(reader, directory + "/blkio.io_service_time_recursive", devices, stat.IoServiceTimeRecursive);
            Add(reader, directory + "/blkio.io_wait_time_recursive", devices, stat.IoWaitTimeRecursive);
            Add(reader, directory + "/blkio.io_merged_recursive", devices, stat.IoMergedRecursive);
            Add(reader, directory + "/blkio.time_recursive", devices, stat.IoTimeRecursive);
        }

        // Without the CFQ or BFQ scheduler only throttling counts.
        if (stat.CalculateSize() == 0)
        {
            Add(reader, directory + "/blkio.throttle.io_serviced", devices, stat.IoServicedRecursive);
            Add(reader, directory + "/blkio.throttle.io_service_bytes", devices, stat.IoServiceBytesRecursive);
        }

        return stat;
    }

    /// <summary>Lines <c>major:minor operation value</c>, or without the operation; a last line with a total names no device.</summary>
    private static void Add(
        HostReader reader, string path, Dictionary<(ulong, ulong), string> devices, RepeatedField<BlkIOEntry> entries)
    {
        if (!reader.TryRead(path, out ReadOnlySpan<char> text))
        {
            return;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> major = FieldReader.Divide(lines.NextField(), ':', out ReadOnlySpan<char> minor);
            ReadOnlySpan<char> second = lines.NextField();
            ReadOnlySpan<char> third = lines.NextField();
            if (minor.IsEmpty)
            {
                continue;
            }

            (ulong, ulong) number = (CgroupNumber.Parse(major), CgroupNumber.Parse(minor));
            entries.Add(new BlkIOEntry
            {
                Device = devices.GetValueOrDefault(number, ""),
                Major = number.Item1,
                Minor = number.Item2,
                Op = third.IsEmpty ? "" : second.ToString(),
                Value = CgroupNumber.Parse(third.IsEmpty ? second : third),
            });
        }
    }

    private static Dictionary<(ulong Major, ulong Minor), string> ReadDevices(HostReader reader)
    {
        Dictionary<(ulong, ulong), string> devices = [];
        if (reader.TryRead("/proc/partitions", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                ReadOnlySpan<char> major = lines.NextField();
                ReadOnlySpan<char> minor = lines.NextField();
                lines.NextField();
                ReadOnlySpan<char> name = lines.NextField();
                if (char.IsAsciiDigit(major[0]) && !name.IsEmpty)
                {
                    devices[(CgroupNumber.Parse(major), CgroupNumber.Parse(minor))] = "/dev/" + name.ToString();
                }
            }
        }

        return devices;
    }
}
