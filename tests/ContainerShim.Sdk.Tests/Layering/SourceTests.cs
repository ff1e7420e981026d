using System.Reflection;
using System.Text.RegularExpressions;

namespace ContainerShim.Sdk.Tests.Layering;

/// <summary>Holds what can be seen only in the source: where files are, how long, and what stands in them.</summary>
internal sealed partial class SourceTests
{
    private static readonly string Root = typeof(SourceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static attribute => attribute.Key == "SourceDirectory").Value!;

    private static readonly Dictionary<string, string> Files = Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories)
        .Where(static path => !path.Contains("/templates/", StringComparison.Ordinal))
        .ToDictionary(static path => Path.GetRelativePath(Root, path), File.ReadAllText);

    [Test]
    public void Files_HaveTheNamespaceOfTheirFolder()
    {
        Assert.That(Files, Is.Not.Empty);
        Assert.That(
            Files.Where(static file => NamespaceOf(file.Value) is { } name && !FoldersOf(file.Key).Contains(name))
                .Select(static file => $"{file.Key}: {NamespaceOf(file.Value)}"),
            Is.Empty);
    }

    [Test]
    public void Files_HaveOnePublicTypeEach() =>
        Assert.That(Files.Where(static file => PublicType().Count(file.Value) > 1).Select(static file => file.Key), Is.Empty);

    [Test]
    public void Files_AreShort()
    {
        int[] lengths = [.. Files.Values.Select(static text => text.Count(static c => c == '\n')).Order()];
        Assert.That(lengths[^1], Is.LessThanOrEqualTo(400));
        Assert.That(lengths[lengths.Length / 2], Is.LessThanOrEqualTo(80), "the median");
    }

    [Test]
    public void NativeImports_AreDeclaredInTheInteropFolderAlone() => Assert.That(
        Files.Where(static file => NativeImport().IsMatch(file.Value)).Select(static file => Path.GetFileName(Path.GetDirectoryName(file.Key))),
        Is.Not.Empty.And.All.EqualTo("Interop"));

    [Test]
    public void ShimTaskService_HoldsNoAlgorithm()
    {
        string text = Files[Path.Join("ContainerShim.Sdk", "Tasks", "ShimTaskService.cs")];
        Assert.That(Algorithm().Matches(text).Select(static match => match.Value), Is.Empty);
    }

    private static string? NamespaceOf(string text) => Namespace().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The project's name and the folders; in Abstractions the contracts have the namespaces of the library itself.</summary>
    private static string[] FoldersOf(string path)
    {
        string name = Path.GetDirectoryName(path)!.Replace('/', '.');
        return [name, name.Replace(".Abstractions", "", StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^public (?:[\w ]+ )?(?:class|record|struct|interface|enum|delegate) ", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^\s*\[(?:LibraryImport|DllImport)\(", RegexOptions.Multiline)]
    private static partial Regex NativeImport();

    [GeneratedRegex(@"\b(?:for|foreach|while|lock)\s*\(|\bdo\s*$", RegexOptions.Multiline)]
    private static partial Regex Algorithm();
}
