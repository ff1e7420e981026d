namespace EmbeddedHost.Parsing;

/// <summary>A part of the host to be seen in the container: <c>SOURCE:DESTINATION[:ro]</c>.</summary>
internal sealed record Volume(string Source, string Destination, bool ReadOnly)
{
    /// <exception cref="ToolException">It is none.</exception>
    public static Volume Parse(string text) => text.Split(':') switch
    {
        [{ Length: > 0 } source, ['/', ..] destination] => new Volume(source, destination, ReadOnly: false),
        [{ Length: > 0 } source, ['/', ..] destination, "ro" or "rw"] => new Volume(source, destination, text.EndsWith(":ro", StringComparison.Ordinal)),
        _ => throw new ToolException($"'{text}' is no volume; write SOURCE:/DESTINATION or SOURCE:/DESTINATION:ro"),
    };
}
