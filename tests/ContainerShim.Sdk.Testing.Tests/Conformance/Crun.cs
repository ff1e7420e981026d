namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>
/// crun refuses the controllers of cgroup v1 where a v2 hierarchy is mounted beside them, as systemd does. In a mount namespace without that
/// it finds plain v1; on v2 nothing changes.
/// </summary>
internal static class Crun
{
    private const string Script = """
        #!/bin/sh
        exec unshare --mount sh -c 'if [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi; exec crun "$@"' sh "$@"

        """;

    /// <summary>The path of a program that is crun.</summary>
    public static string In(string directory)
    {
        string path = Path.Join(directory, "crun");
        if (!File.Exists(path))
        {
            // Complete before it has its name: nobody may run a file that is open for writing.
            string temporary = $"{path}-{Guid.NewGuid():N}";
            File.WriteAllText(temporary, Script);
            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            File.Move(temporary, path, overwrite: true);
        }

        return path;
    }
}
