namespace ContainerShim.Sdk.Cgroups;

/// <summary>A line <c>mlx4_0 hca_handle=2 hca_object=max</c>, the same in both versions.</summary>
internal readonly record struct RdmaLine(string Device, uint Handles, uint Objects)
{
    internal static RdmaLine Parse(ref FieldReader line)
    {
        string device = line.NextField().ToString();
        uint handles = 0;
        uint objects = 0;
        for (ReadOnlySpan<char> field = line.NextField(); !field.IsEmpty; field = line.NextField())
        {
            switch (FieldReader.Divide(field, '=', out ReadOnlySpan<char> value))
            {
                case "hca_handle": handles = ToCount(value); break;
                case "hca_object": objects = ToCount(value); break;
            }
        }

        return new RdmaLine(device, handles, objects);
    }

    // "max" is 2^32-1.
    private static uint ToCount(ReadOnlySpan<char> value) => (uint)Math.Min(CgroupNumber.Parse(value), uint.MaxValue);
}
