using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>
/// The busybox root file system as an image, in the form of <c>docker save</c>, which docker and containerd of every version load. No
/// registry is asked.
/// </summary>
internal static class ImageArchive
{
    /// <param name="path">The file to write.</param>
    /// <param name="name">The image's full name: a name without a host would be looked for in docker.io.</param>
    /// <param name="command">What a container runs that names no command.</param>
    public static async Task WriteAsync(string path, string name, params IReadOnlyList<string> command)
    {
        using MemoryStream layer = new();
        await TarFile.CreateFromDirectoryAsync(TestPaths.Rootfs, layer, includeBaseDirectory: false);
        string digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(layer.ToArray()))}";
        JsonObject config = new()
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/bin"), ["Cmd"] = new JsonArray([.. command.Select(word => JsonValue.Create(word))]) },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(digest) },
        };
        JsonArray manifest =
        [
            new JsonObject { ["Config"] = "config.json", ["RepoTags"] = new JsonArray(name), ["Layers"] = new JsonArray("layer.tar") },
        ];
        await using FileStream file = File.Create(path);
        await using TarWriter archive = new(file);
        await AddAsync(archive, "config.json", Utf8(config));
        await AddAsync(archive, "layer.tar", layer);
        await AddAsync(archive, "manifest.json", Utf8(manifest));
    }

    private static MemoryStream Utf8(JsonNode content) => new(Encoding.UTF8.GetBytes(content.ToJsonString()));

    private static async Task AddAsync(TarWriter archive, string name, MemoryStream content)
    {
        content.Position = 0;
        await archive.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content });
    }
}
