using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller pids.</summary>
internal static class PidsV1
{
    internal static PidsStat Read(HostReader reader, string directory)
    {
        ulong limit = reader.ReadNumber(directory + "/pids.max");
        return new PidsStat
        {
            Current = reader.ReadNumber(directory + "/pids.current"),
            // "max" is 0 in this message.
            Limit = limit == ulong.MaxValue ? 0 : limit,
        };
    }
}
