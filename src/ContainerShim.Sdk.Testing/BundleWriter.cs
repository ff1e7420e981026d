using System.Buffers;
using System.Text.Json;

namespace ContainerShim.Sdk.Testing;

/// <summary>Writes a bundle for a plain container: namespaces of its own but the network's, /proc and /dev, no privileges but root's.</summary>
internal static class BundleWriter
{
    private static readonly string[] _namespaces = ["pid", "ipc", "uts", "mount"];

    /// <summary>Makes the directory and its <c>config.json</c>.</summary>
    public static void Write(string bundle, string rootfs, IReadOnlyList<string> command, string cgroup = "")
    {
        Directory.CreateDirectory(bundle, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllBytes(Path.Join(bundle, "config.json"), Build(json => WriteConfiguration(json, rootfs, command, cgroup)));
    }

    /// <summary>The OCI process object of a command.</summary>
    public static ReadOnlyMemory<byte> ProcessSpec(IReadOnlyList<string> command) => Build(json => WriteProcess(json, command));

    private static byte[] Build(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        write(json);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteConfiguration(Utf8JsonWriter json, string rootfs, IReadOnlyList<string> command, string cgroup)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion", "1.0.2");
        json.WriteStartObject("root");
        json.WriteString("path", rootfs);
        json.WriteBoolean("readonly", true);
        json.WriteEndObject();
        json.WritePropertyName("process");
        WriteProcess(json, command);
        json.WriteStartArray("mounts");
        WriteMount(json, "/proc", "proc");
        WriteMount(json, "/dev", "tmpfs", "nosuid", "mode=755", "size=65536k");
        json.WriteEndArray();
        json.WriteStartObject("linux");
        if (cgroup.Length > 0)
        {
            json.WriteString("cgroupsPath", cgroup);
        }

        json.WriteStartArray("namespaces");
        foreach (string type in _namespaces)
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProcess(Utf8JsonWriter json, IReadOnlyList<string> command)
    {
        json.WriteStartObject();
        json.WriteStartObject("user");
        json.WriteNumber("uid", 0);
        json.WriteNumber("gid", 0);
        json.WriteEndObject();
        WriteStrings(json, "args", command);
        WriteStrings(json, "env", ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
        json.WriteString("cwd", "/");
        json.WriteEndObject();
    }

    private static void WriteMount(Utf8JsonWriter json, string destination, string type, params string[] options)
    {
        json.WriteStartObject();
        json.WriteString("destination", destination);
        json.WriteString("type", type);
        json.WriteString("source", type);
        WriteStrings(json, "options", options);
        json.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
