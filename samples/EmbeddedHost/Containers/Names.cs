using System.Text.RegularExpressions;

namespace EmbeddedHost.Containers;

/// <summary>Names of containers, which are also names of directories and cgroups.</summary>
internal static partial class Names
{
    private const int Longest = 76;

    private static readonly string[] Moods = ["brave", "bright", "calm", "clever", "eager", "gentle", "happy", "kind", "merry", "quick", "quiet", "swift"];
    private static readonly string[] Animals = ["badger", "crane", "dolphin", "falcon", "heron", "lynx", "marten", "otter", "puffin", "raven", "stoat", "wren"];

    /// <summary>A name that can be said aloud, with a number since there are few of those.</summary>
    public static string Invent() => $"{Random.Shared.GetItems(Moods, 1)[0]}-{Random.Shared.GetItems(Animals, 1)[0]}-{Random.Shared.Next(100, 1000)}";

    /// <exception cref="ToolException">It is none.</exception>
    public static string Demand(string name, string what) => name.Length <= Longest && Pattern().IsMatch(name)
        ? name
        : throw new ToolException($"'{name}' is no {what}: letters, digits and inner '.', '_' and '-' make one, at most {Longest} of them");

    [GeneratedRegex(@"\A[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\z")]
    private static partial Regex Pattern();
}
