using System.Text.RegularExpressions;

namespace ContainerShim.Sdk.Protocol.Tests;

/// <summary>Turns <see cref="WireTables.Text"/> into the form of <see cref="WireShape"/>.</summary>
internal static partial class WireTableReader
{
    private static readonly Dictionary<string, string> Abbreviations = new()
    {
        ["s"] = "string",
        ["b"] = "bool",
        ["u32"] = "uint32",
        ["u64"] = "uint64",
        ["i32"] = "int32",
        ["double"] = "double",
        ["bytes"] = "bytes",
        ["map<s,s>"] = "map<string, string>",
        ["ts"] = "google.protobuf.Timestamp",
        ["any"] = "google.protobuf.Any",
        ["empty"] = "google.protobuf.Empty",
    };

    public static SortedDictionary<string, string> Read(string text)
    {
        SortedDictionary<string, string> shape = new(StringComparer.Ordinal);
        string package = "";
        foreach (string line in text.Replace("\n  ", " ").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("package ", StringComparison.Ordinal))
            {
                package = line["package ".Length..];
                continue;
            }

            string[] halves = line.Split('|', StringSplitOptions.TrimEntries);
            string[] heading = halves[0].Split(' ');
            string kind = heading.Length == 2 ? heading[0] : "message";
            string owner = $"{package}.{heading[^1]}";
            shape.Add(owner, kind);
            foreach (string entry in halves[1].Split('·', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                (string key, string value) = kind switch
                {
                    "service" => Method(package, entry),
                    "enum" => EnumValue(entry),
                    _ => Field(package, entry),
                };
                shape.Add($"{owner}/{key}", value);
            }
        }

        return shape;
    }

    private static (string Key, string Value) Method(string package, string entry)
    {
        Match match = MethodPattern().Match(entry);
        Assert.That(match.Success, $"not a method: {entry}");
        return (match.Groups[1].Value, $"({TypeOf(package, match.Groups[2].Value)}) {TypeOf(package, match.Groups[3].Value)}");
    }

    private static (string Key, string Value) EnumValue(string entry)
    {
        string[] parts = entry.Split(' ');
        return (parts[0], parts[1]);
    }

    private static (string Key, string Value) Field(string package, string entry)
    {
        Match match = FieldPattern().Match(entry);
        Assert.That(match.Success, $"not a field: {entry}");
        string type = match.Groups[3].Success ? match.Groups[3].Value : "u64";
        return (match.Groups[1].Value, $"{match.Groups[2].Value}: {TypeOf(package, type)}");
    }

    private static string TypeOf(string package, string text)
    {
        int space = text.LastIndexOf(' ');
        string name = text[(space + 1)..];
        string full = Abbreviations.TryGetValue(name, out string? known) ? known : name.Contains('.') ? name : $"{package}.{name}";
        return text[..(space + 1)] + full;
    }

    [GeneratedRegex(@"^(\w+)\(([^)]+)\) (.+)$")]
    private static partial Regex MethodPattern();

    [GeneratedRegex(@"^(\d+) (\w+)(?::(.+))?$")]
    private static partial Regex FieldPattern();
}
