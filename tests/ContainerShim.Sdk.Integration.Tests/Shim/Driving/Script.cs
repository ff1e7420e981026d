using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>Programs that stand in for a runtime, a logger or a mount helper.</summary>
internal static class Script
{
    /// <summary>Makes a shell script in the site's directory and returns its path.</summary>
    public static string Make(ITestSite site, string name, string body)
    {
        string path = Path.Combine(site.Directory, name);
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
