using ContainerShim.Sdk.Protocol.Cgroups.V2;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller rdma.</summary>
internal static class RdmaV2
{
    internal static RdmaStat Read(HostReader reader, string directory)
    {
        RdmaStat stat = new();
        ReadEntries(reader, directory + "/rdma.current", stat.Current);
        ReadEntries(reader, directory + "/rdma.max", stat.Limit);
        return stat;
    }

    private static void ReadEntries(HostReader reader, string path, RepeatedField<RdmaEntry> entries)
    {
        if (reader.TryRead(path, out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                RdmaLine line = RdmaLine.Parse(ref lines);
                entries.Add(new RdmaEntry { Device = line.Device, HcaHandles = line.Handles, HcaObjects = line.Objects });
            }
        }
    }
}
