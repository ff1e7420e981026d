using Google.Protobuf;

namespace ContainerShim.Sdk.Sandboxes;

/// <summary>What of a pod's configuration concerns its namespaces.</summary>
internal sealed record PodSettings
{
    private const string PodConfig = "runtime.v1.PodSandboxConfig";

    // NamespaceMode of the CRI: POD is 0, CONTAINER 1, NODE 2, TARGET 3.
    private const int NodeMode = 2;

    public string Hostname { get; private set; } = "";

    public bool IsHostNetwork { get; private set; }

    public bool IsHostPid { get; private set; }

    public bool IsHostIpc { get; private set; }

    public bool HasUserNamespace { get; private set; }

    public IDictionary<string, string> Sysctls { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Picks the fields by number out of <c>runtime.v1.PodSandboxConfig</c> of the CRI; other options say nothing about namespaces.</summary>
    /// <exception cref="ShimException">InvalidArgument: it is no such message.</exception>
    internal static PodSettings Read(TypedPayload? options)
    {
        PodSettings settings = new();
        if (options?.TypeUrl.EndsWith(PodConfig, StringComparison.Ordinal) == true)
        {
            try
            {
                settings.ReadConfig(new CodedInputStream(options.Value.ToArray()));
            }
            catch (InvalidProtocolBufferException exception)
            {
                throw ShimException.InvalidArgument($"options of the sandbox: {exception.Message}", exception);
            }
        }

        return settings;
    }

    private static void ReadFields(CodedInputStream input, Func<int, bool> read)
    {
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!read(WireFormat.GetTagFieldNumber(tag)))
            {
                input.SkipLastField();
            }
        }
    }

    private static CodedInputStream Inner(CodedInputStream input) => input.ReadBytes().CreateCodedInput();

    private void ReadConfig(CodedInputStream input) => ReadFields(input, field =>
    {
        switch (field)
        {
            case 2:
                Hostname = input.ReadString();
                return true;
            case 8:
                ReadLinux(Inner(input));
                return true;
            default:
                return false;
        }
    });

    private void ReadLinux(CodedInputStream input) => ReadFields(input, field =>
    {
        switch (field)
        {
            case 2:
                ReadSecurityContext(Inner(input));
                return true;
            case 3:
                ReadSysctl(Inner(input));
                return true;
            default:
                return false;
        }
    });

    private void ReadSecurityContext(CodedInputStream input) => ReadFields(input, field =>
    {
        if (field == 1)
        {
            ReadNamespaces(Inner(input));
        }

        return field == 1;
    });

    private void ReadNamespaces(CodedInputStream input) => ReadFields(input, field =>
    {
        switch (field)
        {
            case 1:
                IsHostNetwork = input.ReadEnum() == NodeMode;
                return true;
            case 2:
                IsHostPid = input.ReadEnum() == NodeMode;
                return true;
            case 3:
                IsHostIpc = input.ReadEnum() == NodeMode;
                return true;
            case 5:
                ReadUserNamespace(Inner(input));
                return true;
            default:
                return false;
        }
    });

    /// <summary>The mode POD is the default value, which is not on the wire; a pod without a user namespace says NODE.</summary>
    private void ReadUserNamespace(CodedInputStream input)
    {
        int mode = 0;
        ReadFields(input, field =>
        {
            if (field == 1)
            {
                mode = input.ReadEnum();
            }

            return field == 1;
        });
        HasUserNamespace = mode != NodeMode;
    }

    private void ReadSysctl(CodedInputStream input)
    {
        string name = "";
        string value = "";
        ReadFields(input, field =>
        {
            switch (field)
            {
                case 1:
                    name = input.ReadString();
                    return true;
                case 2:
                    value = input.ReadString();
                    return true;
                default:
                    return false;
            }
        });
        Sysctls[name] = value;
    }
}
