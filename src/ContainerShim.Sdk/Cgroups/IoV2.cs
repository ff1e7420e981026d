using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller io.</summary>
internal static class IoV2
{
    internal static IOStat Read(HostReader reader, string directory)
    {
        IOStat stat = new() { Psi = PressureV2.Read(reader, directory + "/io.pressure") };
        if (reader.TryRead(directory + "/io.stat", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                if (Parse(ref lines) is { } entry)
                {
                    stat.Usage.Add(entry);
                }
            }
        }

        return stat;
    }

    /// <summary>A line <c>8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0</c>, which may end after the device and may have more keys.</summary>
    private static IOEntry? Parse(ref FieldReader line)
    {
        ReadOnlySpan<char> major = FieldReader.Divide(line.NextField(), ':', out ReadOnlySpan<char> minor);
        if (minor.IsEmpty)
        {
            return null;
        }

        IOEntry entry = new() { Major = CgroupNumber.Parse(major), Minor = CgroupNumber.Parse(minor) };
        for (ReadOnlySpan<char> field = line.NextField(); !field.IsEmpty; field = line.NextField())
        {
            switch (FieldReader.Divide(field, '=', out ReadOnlySpan<char> value))
            {
                case "rbytes": entry.Rbytes = CgroupNumber.Parse(value); break;
                case "wbytes": entry.Wbytes = CgroupNumber.Parse(value); break;
                case "rios": entry.Rios = CgroupNumber.Parse(value); break;
                case "wios": entry.Wios = CgroupNumber.Parse(value); break;
            }
        }

        return entry;
    }
}
