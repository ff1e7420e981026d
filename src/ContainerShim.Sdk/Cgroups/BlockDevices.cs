using ContainerShim.Sdk.Protocol.Cgroups.V1;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The names of block devices, from <c>/proc/partitions</c>, which is read when the first is asked for.</summary>
internal sealed class BlockDevices(HostReader reader)
{
    private Dictionary<(ulong Major, ulong Minor), string>? _names;

    /// <summary>Fills in <c>/dev/NAME</c>; what is not listed stays without a name.</summary>
    internal void Name(RepeatedField<BlkIOEntry> entries)
    {
        foreach (BlkIOEntry entry in entries)
        {
            _names ??= Read();
            entry.Device = _names.GetValueOrDefault((entry.Major, entry.Minor), "");
        }
    }

    private Dictionary<(ulong Major, ulong Minor), string> Read()
    {
        Dictionary<(ulong, ulong), string> names = [];
        if (reader.TryRead("/proc/partitions", out ReadOnlySpan<char> text))
        {
            // major minor #blocks name, after a line that says so.
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                ReadOnlySpan<char> major = lines.NextField();
                ulong minor = CgroupNumber.Parse(lines.NextField());
                lines.NextField();
                if (char.IsAsciiDigit(major[0]))
                {
                    names[(CgroupNumber.Parse(major), minor)] = $"/dev/{lines.NextField()}";
                }
            }
        }

        return names;
    }
}
