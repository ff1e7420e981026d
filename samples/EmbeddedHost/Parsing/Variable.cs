namespace EmbeddedHost.Parsing;

/// <summary>Environment variables: <c>NAME=VALUE</c>, or <c>NAME</c> for the value it has here.</summary>
internal static class Variable
{
    /// <exception cref="ToolException">It is none.</exception>
    public static Dictionary<string, string> ParseAll(IEnumerable<string> texts)
    {
        Dictionary<string, string> variables = [];
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? text : text[..equals];
            if (name.Length == 0)
            {
                throw new ToolException($"'{text}' is no environment variable; write NAME=VALUE");
            }

            if ((equals < 0 ? Environment.GetEnvironmentVariable(name) : text[(equals + 1)..]) is { } value)
            {
                variables[name] = value;
            }
        }

        return variables;
    }
}
