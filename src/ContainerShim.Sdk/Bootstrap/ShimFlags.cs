namespace ContainerShim.Sdk.Bootstrap;

/// <summary>The command line that containerd gives a shim, in the syntax of Go's flag package.</summary>
/// <remarks>Flags that are not known are passed over, with their value, since newer daemons may send more.</remarks>
internal sealed record ShimFlags
{
    public string Namespace { get; private set; } = "";

    public string Id { get; private set; } = "";

    /// <summary>containerd's main socket, which speaks gRPC.</summary>
    public string Address { get; private set; } = "";

    /// <summary>containerd's binary, whose <c>publish</c> command takes events.</summary>
    public string PublishBinary { get; private set; } = "containerd";

    /// <summary>A socket to listen on instead of the inherited one.</summary>
    public string Socket { get; private set; } = "";

    public string Bundle { get; private set; } = "";

    public bool Debug { get; private set; }

    public bool Version { get; private set; }

    public bool Info { get; private set; }

    /// <summary><c>start</c>, <c>delete</c>, or empty to serve.</summary>
    public string Action { get; private set; } = "";

    public static ShimFlags Parse(IReadOnlyList<string> arguments)
    {
        ShimFlags flags = new();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument.Length < 2 || argument[0] != '-')
            {
                flags.Action = argument;
                break;
            }

            if (argument == "--")
            {
                flags.Action = i + 1 < arguments.Count ? arguments[i + 1] : "";
                break;
            }

            (string name, string? value) = Split(argument);
            if (flags.SetSwitch(name, value))
            {
                continue;
            }

            if (value is null && i + 1 < arguments.Count && (IsKnown(name) || IsValue(arguments, i + 1)))
            {
                value = arguments[++i];
            }

            flags.SetValue(name, value ?? "");
        }

        return flags;
    }

    private static bool IsKnown(string name) => name is "namespace" or "id" or "address" or "publish-binary" or "socket" or "bundle";

    /// <summary>Whether what follows a flag nobody knows belongs to it: no flag, nor the action, which comes last.</summary>
    private static bool IsValue(IReadOnlyList<string> arguments, int index) =>
        !arguments[index].StartsWith('-') && !(index == arguments.Count - 1 && arguments[index] is "start" or "delete");

    private static (string Name, string? Value) Split(string argument)
    {
        string body = argument.TrimStart('-');
        int equals = body.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (body, null) : (body[..equals], body[(equals + 1)..]);
    }

    private bool SetSwitch(string name, string? value)
    {
        bool on = value is null or "true" or "1" or "t" or "T" or "TRUE" or "True";
        switch (name)
        {
            case "debug":
                Debug = on;
                return true;
            case "v" or "version":
                Version = on;
                return true;
            case "info":
                Info = on;
                return true;
            default:
                return false;
        }
    }

    private void SetValue(string name, string value)
    {
        switch (name)
        {
            case "namespace":
                Namespace = value;
                break;
            case "id":
                Id = value;
                break;
            case "address":
                Address = value;
                break;
            case "publish-binary":
                PublishBinary = value;
                break;
            case "socket":
                Socket = value;
                break;
            case "bundle":
                Bundle = value;
                break;
        }
    }
}
