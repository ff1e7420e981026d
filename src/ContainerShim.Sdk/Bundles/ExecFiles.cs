namespace ContainerShim.Sdk.Bundles;

/// <summary>The files of an exec in its container's bundle.</summary>
internal static class ExecFiles
{
    /// <summary>The name that would be the init process's own.</summary>
    private const string ReservedId = "init";

    /// <summary>
    /// Where the runtime writes the pid. No identifier begins with an underscore, so an exec that is called init has a place of its own;
    /// nor is it one with a dot before it, which is where runc writes what then becomes the file.
    /// </summary>
    internal static string PidPath(string bundle, string execId) => Path.Join(bundle, execId == ReservedId ? "_init.pid" : execId + ".pid");

    /// <summary>Where the runtime logs the call that runs the exec: calls go on side by side, and each must find its own error.</summary>
    internal static string LogPath(string bundle, string execId) => Path.Join(bundle, execId + ".log.json");
}
