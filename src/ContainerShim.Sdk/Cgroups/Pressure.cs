using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Pressure stall information, see psi of the kernel's documentation.</summary>
internal static class Pressure
{
    /// <summary>Null where the kernel has none, or it is switched off.</summary>
    internal static PSIStats? Read(HostReader reader, string path)
    {
        if (!reader.TryRead(path, out ReadOnlySpan<char> text))
        {
            return null;
        }

        PSIStats stats = new();
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            switch (lines.NextField())
            {
                case "some":
                    stats.Some = ReadLine(ref lines);
                    break;
                case "full":
                    stats.Full = ReadLine(ref lines);
                    break;
            }
        }

        return stats;
    }

    private static PSIData ReadLine(ref FieldReader line)
    {
        PSIData data = new();
        ReadOnlySpan<char> field;
        while (!(field = line.NextField()).IsEmpty)
        {
            switch (FieldReader.Divide(field, '=', out ReadOnlySpan<char> value))
            {
                case "avg10":
                    data.Avg10 = CgroupNumber.ParseDouble(value);
                    break;
                case "avg60":
                    data.Avg60 = CgroupNumber.ParseDouble(value);
                    break;
                case "avg300":
                    data.Avg300 = CgroupNumber.ParseDouble(value);
                    break;
                case "total":
                    data.Total = CgroupNumber.Parse(value);
                    break;
            }
        }

        return data;
    }
}
