namespace ContainerShim.Sdk.Runc;

/// <summary>What the runtime may know of the environment of this process.</summary>
/// <remarks>
/// An allow-list: NOTIFY_SOCKET makes runc speak to systemd in the name of this service, LISTEN_FDS makes it pass descriptors on, and
/// LD_*, DOTNET_* and GCONV_PATH change what programs run as root do.
/// </remarks>
internal sealed class RuntimeEnvironment
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    internal RuntimeEnvironment(Func<string, string?> read, IEnumerable<string> inherited)
    {
        SearchPath = read("PATH") is { Length: > 0 } path ? path : DefaultPath;
        RuntimeDirectory = read("XDG_RUNTIME_DIR") ?? "";
        TemporaryDirectory = read("TMPDIR") is { Length: > 0 } directory ? directory : "/tmp";

        // Messages are matched for their English text; crun's come from strerror(3).
        List<string> variables = ["PATH=" + SearchPath, "LANG=C"];
        foreach (string name in inherited.Prepend("DBUS_SESSION_BUS_ADDRESS").Prepend("XDG_RUNTIME_DIR").Except(["PATH", "LANG"]))
        {
            if (read(name) is { } value)
            {
                variables.Add(name + "=" + value);
            }
        }

        Variables = variables;
    }

    /// <summary>Where binaries are looked for.</summary>
    internal string SearchPath { get; }

    /// <summary><c>XDG_RUNTIME_DIR</c>, or empty.</summary>
    internal string RuntimeDirectory { get; }

    /// <summary><c>TMPDIR</c>, or <c>/tmp</c>.</summary>
    internal string TemporaryDirectory { get; }

    /// <summary>The environment for the runtime.</summary>
    internal IReadOnlyList<string> Variables { get; }
}
