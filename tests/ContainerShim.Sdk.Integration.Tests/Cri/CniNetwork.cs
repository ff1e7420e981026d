using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>
/// The network of pods that have one of their own: a network namespace, and plugins for it that answer and do nothing. See the
/// specification of CNI; the CRI plugin calls <c>loopback</c> beside what is configured.
/// </summary>
internal static class CniNetwork
{
    /// <summary>What the plugin says is the address of each pod.</summary>
    public const string Address = "192.0.2.7";

    private const string Configuration = """{"cniVersion":"1.0.0","name":"tests","plugins":[{"type":"answers"}]}""";

    private const string Plugin =
        $$"""
        #!/bin/sh
        case $CNI_COMMAND in
        ADD) echo '{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"'"$CNI_NETNS"'"}],"ips":[{"address":"{{Address}}/24","interface":0}]}' ;;
        VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0"]}' ;;
        esac
        """;

    public static string BinDirectory(ContainerdInstance instance) => Path.Combine(instance.Directory, "cni", "bin");

    public static string ConfigDirectory(ContainerdInstance instance) => Path.Combine(instance.Directory, "cni", "net.d");

    /// <summary>Puts the plugins where the configuration names them; the CRI plugin watches the directory.</summary>
    public static void Write(ContainerdInstance instance)
    {
        Directory.CreateDirectory(BinDirectory(instance));
        Directory.CreateDirectory(ConfigDirectory(instance));
        foreach (string name in new[] { "answers", "loopback" })
        {
            string path = Path.Combine(BinDirectory(instance), name);
            File.WriteAllText(path, Plugin);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.WriteAllText(Path.Combine(ConfigDirectory(instance), "10-tests.conflist"), Configuration);
    }
}
