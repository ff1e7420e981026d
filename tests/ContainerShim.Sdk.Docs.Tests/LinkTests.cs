using System.Text.RegularExpressions;

namespace ContainerShim.Sdk.Docs.Tests;

/// <summary>Links between pages lead somewhere, and no page is forgotten.</summary>
public sealed partial class LinkTests
{
    private static IEnumerable<string> PageNames() => Repository.Pages().Select(Repository.NameOf);

    [TestCaseSource(nameof(PageNames))]
    public void Links_OfAPage_LeadToFiles(string page)
    {
        string directory = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        IEnumerable<string> broken = Targets(Path.Combine(Repository.Root, page))
            .Where(target => !Path.Exists(Path.GetFullPath(Path.Combine(directory, target))));
        Assert.That(broken, Is.Empty);
    }

    [Test]
    public void Index_OfTheDocumentation_NamesEveryPage()
    {
        string docs = Path.Combine(Repository.Root, "docs");
        IEnumerable<string> pages = Directory.EnumerateFiles(docs, "*.md").Select(path => Path.GetFileName(path)).Where(name => name != "README.md");
        Assert.That(pages.Except(Targets(Path.Combine(docs, "README.md"))), Is.Empty);
    }

    private static IEnumerable<string> Targets(string path) => Link().Matches(File.ReadAllText(path))
        .Select(match => match.Groups["target"].Value.Split('#')[0])
        .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
