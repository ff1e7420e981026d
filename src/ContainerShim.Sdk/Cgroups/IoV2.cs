using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary><c>io.stat</c> and <c>io.pressure</c>.</summary>
internal static class IoV2
{
    internal static IOStat Read(HostReader reader, string directory)
    {
        IOStat stat = new() { Psi = Pressure.Read(reader, directory + "/io.pressure") };
        if (!reader.TryRead(directory + "/io.stat", out ReadOnlySpan<char> text))
        {
            return stat;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> major = FieldReader.Divide(lines.NextField(), ':', out ReadOnlySpan<char> minor);
            IOEntry entry = new() { Major = CgroupNumber.Parse(major), Minor = CgroupNumber.Parse(minor) };
            ReadOnlySpan<char> field;
            while (!(field = lines.NextField()).IsEmpty)
            {
                Set(entry, FieldReader.Divide(field, '=', out ReadOnlySpan<char> value), CgroupNumber.Parse(value));
            }

            stat.Usage.Add(entry);
        }

        return stat;
    }

    private static void Set(IOEntry entry, ReadOnlySpan<char> key, ulong value)
    {
        switch (key)
        {
            case "rbytes":
                entry.Rbytes = value;
                break;
            case "wbytes":
                entry.Wbytes = value;
                break;
            case "rios":
                entry.Rios = value;
                break;
            case "wios":
                entry.Wios = value;
                break;
        }
    }
}
