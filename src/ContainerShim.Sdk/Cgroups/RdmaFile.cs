namespace ContainerShim.Sdk.Cgroups;

/// <summary>Lines <c>device hca_handle=N hca_object=N</c>, the same in both versions; <c>max</c> is 2^32−1.</summary>
internal static class RdmaFile
{
    internal static List<(string Device, uint Handles, uint Objects)> Read(HostReader reader, string path)
    {
        List<(string, uint, uint)> entries = [];
        if (!reader.TryRead(path, out ReadOnlySpan<char> text))
        {
            return entries;
        }

        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            string device = lines.NextField().ToString();
            uint handles = 0;
            uint objects = 0;
            ReadOnlySpan<char> field;
            while (!(field = lines.NextField()).IsEmpty)
            {
                ReadOnlySpan<char> key = FieldReader.Divide(field, '=', out ReadOnlySpan<char> value);
                uint number = (uint)Math.Min(CgroupNumber.Parse(value), uint.MaxValue);
                handles = key is "hca_handle" ? number : handles;
                objects = key is "hca_object" ? number : objects;
            }

            entries.Add((device, handles, objects));
        }

        return entries;
    }
}
