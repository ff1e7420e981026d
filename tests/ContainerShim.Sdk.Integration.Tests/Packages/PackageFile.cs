using System.IO.Compression;
using System.Xml.Linq;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Packages;

/// <summary>A packed package, with its symbols beside it.</summary>
internal sealed class PackageFile
{
    private readonly XElement _metadata;

    private readonly string _path;

    private PackageFile(string path)
    {
        _path = path;
        Entries = EntriesOf(path);
        Id = Path.GetFileName(path)[..^$".{TestPaths.PackageVersion}.nupkg".Length];
        using ZipArchive archive = ZipFile.OpenRead(path);
        using Stream nuspec = archive.GetEntry($"{Id}.nuspec")!.Open();
        _metadata = WithoutNamespaces(XElement.Load(nuspec)).Element("metadata")!;
        string symbols = Path.ChangeExtension(path, ".snupkg");
        Symbols = File.Exists(symbols) ? EntriesOf(symbols) : [];
    }

    public static IEnumerable<PackageFile> All =>
        Directory.EnumerateFiles(TestPaths.Packages, $"*.{TestPaths.PackageVersion}.nupkg").Order().Select(static path => new PackageFile(path));

    public string Id { get; }

    public IReadOnlyList<string> Entries { get; }

    /// <summary>The files of the symbol package; none without one.</summary>
    public IReadOnlyList<string> Symbols { get; }

    public bool IsTemplate => _metadata.Descendants("packageType").Any(static type => type.Attribute("name")?.Value == "Template");

    public IReadOnlyList<string> Dependencies =>
        [.. _metadata.Descendants("dependency").Select(static dependency => dependency.Attribute("id")!.Value).Distinct().Order(StringComparer.Ordinal)];

    public string? this[string name] => _metadata.Element(name)?.Value;

    public byte[] Read(string entry)
    {
        using ZipArchive archive = ZipFile.OpenRead(_path);
        using Stream stream = archive.GetEntry(entry)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public override string ToString() => Id;

    private static string[] EntriesOf(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        return [.. archive.Entries.Select(static entry => entry.FullName)];
    }

    private static XElement WithoutNamespaces(XElement element) => new(
        element.Name.LocalName,
        element.Attributes().Where(static attribute => !attribute.IsNamespaceDeclaration),
        element.HasElements ? element.Elements().Select(WithoutNamespaces) : element.Value);
}
