using System.Text.Json;

namespace ContainerShim.Sdk.Bundles;

/// <summary>
/// The <c>process</c> object of an exec: that of the container's own process, so that it runs in the same environment and is held by the
/// same restrictions, but for what the options say.
/// </summary>
internal static class ExecSpec
{
    /// <exception cref="ShimException">NotFound, InvalidArgument: the bundle has no readable <c>config.json</c>, or it has no process.</exception>
    internal static byte[] Create(string bundle, ExecOptions options, ContainerStdio stdio)
    {
        string path = Path.Join(bundle, "config.json");
        try
        {
            using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(path));
            return config.RootElement.TryGetProperty("process", out JsonElement process) && process.ValueKind == JsonValueKind.Object
                ? SpecJson.Object(writer => Write(writer, process, options, stdio))
                : throw ShimException.InvalidArgument("config.json has no process");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.Translate(exception, "open", path);
        }
        catch (JsonException exception)
        {
            throw ShimException.InvalidArgument($"config.json: {exception.Message}", exception);
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement process, ExecOptions options, ContainerStdio stdio)
    {
        writer.WriteBoolean("terminal", stdio.HasTerminal);
        SpecJson.WriteConsoleSize(writer, stdio.Columns, stdio.Rows);
        SpecJson.WriteList(writer, "args", options.Args);
        SpecJson.WriteList(writer, "env", Environment(process, options.Env, stdio.HasTerminal));
        foreach (JsonProperty property in process.EnumerateObject())
        {
            switch (property.Name)
            {
                case "terminal" or "consoleSize" or "args" or "commandLine" or "env":
                case "cwd" when options.WorkingDirectory is not null:
                case "user" when options.User is not null:
                case "capabilities" when options.Capabilities is not null:
                    break;
                default:
                    property.WriteTo(writer);
                    break;
            }
        }

        if (options.WorkingDirectory is { } directory)
        {
            writer.WriteString("cwd", directory);
        }

        if (options.User is { } user)
        {
            SpecJson.WriteUser(writer, user);
        }

        if (options.Capabilities is { } capabilities)
        {
            SpecJson.WriteCapabilities(writer, capabilities);
        }
    }

    private static IEnumerable<string> Environment(JsonElement process, IReadOnlyDictionary<string, string> added, bool terminal)
    {
        List<string> variables = [];
        if (process.TryGetProperty("env", out JsonElement inherited) && inherited.ValueKind == JsonValueKind.Array)
        {
            variables.AddRange(inherited.EnumerateArray().Select(static value => value.GetString()).OfType<string>()
                .Where(text => !added.ContainsKey(text.Split('=', 2)[0])));
        }

        if (terminal && !added.ContainsKey("TERM") && !variables.Exists(static text => text.StartsWith("TERM=", StringComparison.Ordinal)))
        {
            variables.Add("TERM=xterm");
        }

        return variables.Concat(added.Select(static variable => $"{variable.Key}={variable.Value}"));
    }
}
