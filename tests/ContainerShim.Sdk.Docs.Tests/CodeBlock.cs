using System.Globalization;

namespace ContainerShim.Sdk.Docs.Tests;

/// <summary>A fenced block of code in a page.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Line">The line of the page that its first line is.</param>
/// <param name="Language">As the fence names it.</param>
/// <param name="Given">Parameters that an invisible comment before the fence declares: the block is the body of a method that has them. Null for a whole file.</param>
/// <param name="Text">The code.</param>
internal sealed record CodeBlock(string Page, int Line, string Language, string? Given, string Text)
{
    private const string Fence = "```";
    private const string GivenStart = "<!-- given:";
    private const string CommentEnd = "-->";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Page}:{Line}");

    /// <summary>The blocks of a page, in order.</summary>
    public static IEnumerable<CodeBlock> In(string path)
    {
        string page = Repository.NameOf(path);
        string[] lines = File.ReadAllLines(path);
        string? given = null;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.StartsWith(GivenStart, StringComparison.Ordinal))
            {
                given = line[GivenStart.Length..].Replace(CommentEnd, "", StringComparison.Ordinal).Trim();
            }
            else if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                int start = ++i;
                while (i < lines.Length && lines[i].Trim() != Fence)
                {
                    i++;
                }

                yield return new CodeBlock(page, start + 1, line[Fence.Length..].Trim(), given, string.Join('\n', lines[start..i]));
                given = null;
            }
        }
    }
}
