namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>What a test has of the machine for itself; a leak carries one of these names.</summary>
internal interface ITestSite
{
    string Directory { get; }

    /// <summary>The cgroup that all containers of the site are in, and their namespace in containerd where that is for us to choose.</summary>
    string Namespace { get; }

    string ContainerdNamespace => Namespace;

    /// <summary>The directory in which the runtime keeps the site's containers.</summary>
    string RuntimeRoot => Path.Combine(Census.RuntimeRoot, ContainerdNamespace);

    /// <summary>containerd's socket, which is part of the names of the shims' sockets.</summary>
    string Address { get; }

    /// <summary>containerd's state directory, in which the bundles are.</summary>
    string StateDirectory { get; }

    /// <summary>Every container, or group of containers, that had a shim, gone or not.</summary>
    IEnumerable<string> Groups { get; }
}
