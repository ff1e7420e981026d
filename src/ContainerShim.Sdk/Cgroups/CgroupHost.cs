using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>What every cgroup of a loader uses.</summary>
internal sealed record CgroupHost(HostFiles Files, IReactor Reactor, InotifyHub Inotify, TimeProvider Time, ILogger Logger);
