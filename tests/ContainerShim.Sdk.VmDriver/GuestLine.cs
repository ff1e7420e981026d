using System.Text.Json;

namespace ContainerShim.Sdk.VmDriver;

/// <summary>One line from the guest to the host: <c>VM-RESULT pass|fail MILLISECONDS ["NAME","DETAIL"]</c>; JSON keeps it on one line.</summary>
/// <param name="Name">The full name of a test.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Detail">What a failed test said.</param>
public sealed record GuestLine(string Name, bool Passed, long Milliseconds, string Detail)
{
    /// <summary>The last line of a run.</summary>
    public const string End = "VM-END";

    private const string Start = "VM-RESULT ";

    /// <summary>Reads a line; null for any other text.</summary>
    public static GuestLine? TryParse(string line)
    {
        string[] parts = line.TrimEnd('\r').Split(' ', 4);
        if (parts.Length < 4 || !line.StartsWith(Start, StringComparison.Ordinal))
        {
            return null;
        }

        string[] texts = JsonSerializer.Deserialize<string[]>(parts[3]) ?? [];
        return new GuestLine(texts[0], parts[1] == "pass", long.Parse(parts[2]), texts[1]);
    }

    public override string ToString() =>
        $"{Start}{(Passed ? "pass" : "fail")} {Milliseconds} {JsonSerializer.Serialize((string[])[Name, Detail])}";
}
