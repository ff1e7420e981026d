using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using V1 = ContainerShim.Sdk.Protocol.Cgroups.V1;
using V2 = ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>The recorded trees beside the tests, and a loader over one of them.</summary>
internal static class Recording
{
    internal static string Root(string name) => Path.Combine(AppContext.BaseDirectory, "Cgroups", "Recordings", name);

    internal static CgroupLoader Loader(string root, IReactor? reactor = null, TimeProvider? time = null) =>
        new(reactor ?? new ManualReactor(), time ?? TimeProvider.System, NullLogger.Instance, root);

    internal static ICgroup Load(string name, int pid) => Loader(Root(name)).Load(pid);

    internal static V1.Metrics MetricsV1(string name, int pid)
    {
        TypedPayload payload = Load(name, pid).ReadMetrics();
        Assert.That(payload.TypeUrl, Is.EqualTo("io.containerd.cgroups.v1.Metrics"));
        return V1.Metrics.Parser.ParseFrom(payload.Value.Span);
    }

    internal static V2.Metrics MetricsV2(string name, int pid)
    {
        TypedPayload payload = Load(name, pid).ReadMetrics();
        Assert.That(payload.TypeUrl, Is.EqualTo("io.containerd.cgroups.v2.Metrics"));
        return V2.Metrics.Parser.ParseFrom(payload.Value.Span);
    }
}
