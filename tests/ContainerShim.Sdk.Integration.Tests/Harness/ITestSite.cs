namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>What a test has of the machine for itself; a leak carries one of these names.</summary>
internal interface ITestSite
{
    string Directory { get; }

    string Namespace { get; }

    /// <summary>containerd's socket, which is part of the names of the shims' sockets.</summary>
    string Address { get; }

    /// <summary>containerd's state directory, in which the bundles are.</summary>
    string StateDirectory { get; }

    /// <summary>Every container, or group of containers, that had a shim, gone or not.</summary>
    IEnumerable<string> Groups { get; }
}
