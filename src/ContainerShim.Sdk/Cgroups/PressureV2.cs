using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Pressure stall information; see Documentation/accounting/psi.rst of the kernel.</summary>
internal static class PressureV2
{
    /// <summary>Null where the kernel keeps none, or not for this cgroup (<c>cgroup.pressure</c> 0).</summary>
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
                case "some": stats.Some = Parse(ref lines); break;
                case "full": stats.Full = Parse(ref lines); break;
            }
        }

        return stats;
    }

    private static PSIData Parse(ref FieldReader line)
    {
        PSIData data = new();
        for (ReadOnlySpan<char> field = line.NextField(); !field.IsEmpty; field = line.NextField())
        {
            switch (FieldReader.Divide(field, '=', out ReadOnlySpan<char> value))
            {
                case "avg10": data.Avg10 = CgroupNumber.ParseDouble(value); break;
                case "avg60": data.Avg60 = CgroupNumber.ParseDouble(value); break;
                case "avg300": data.Avg300 = CgroupNumber.ParseDouble(value); break;
                case "total": data.Total = CgroupNumber.Parse(value); break;
            }
        }

        return data;
    }
}
