namespace ContainerShim.Sdk.Docs.Tests;

/// <summary>Where the documentation is.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every page that is part of the product.</summary>
    public static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Root, "README.md")
            .Concat(Below("docs"))
            .Concat(Below("src"))
            .Concat(Below("samples"))
            .Order(StringComparer.Ordinal);

    public static string NameOf(string page) => Path.GetRelativePath(Root, page);

    private static IEnumerable<string> Below(string directory) =>
        Directory.EnumerateFiles(Path.Combine(Root, directory), "*.md", SearchOption.AllDirectories);

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "ContainerShim.Sdk.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the tests are not below ContainerShim.Sdk.sln");
    }
}
