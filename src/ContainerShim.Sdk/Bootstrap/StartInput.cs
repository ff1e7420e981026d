using ContainerShim.Sdk.Protocol.Bootstrap;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Services;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>What containerd writes to the standard input of <c>start</c>, and so which containerd it is.</summary>
internal sealed record StartInput
{
    /// <summary>containerd reads no more either.</summary>
    private const int MaxLength = 10 << 20;

    /// <summary>containerd 2.3 and later: the parameters, and the answer must be a result message too.</summary>
    public BootstrapParams? Parameters { get; private init; }

    /// <summary>The runtime options, where any came.</summary>
    public RuntimeOptions Options { get; private init; } = new();

    public static StartInput Read(Stream input, ShimFlags flags) => Parse(ReadAll(input), flags);

    /// <summary>Reads to the end, or to the limit.</summary>
    internal static ReadOnlySpan<byte> ReadAll(Stream input)
    {
        using MemoryStream buffer = new();
        byte[] chunk = new byte[4096];
        int count;
        while (buffer.Length < MaxLength && (count = input.Read(chunk)) > 0)
        {
            buffer.Write(chunk, 0, count);
        }

        return buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
    }

    /// <summary>
    /// An Any with options, as containerd up to 2.2 writes it, is also a valid BootstrapParams message: only the id and the
    /// namespace tell them apart (containerd#13763).
    /// </summary>
    public static StartInput Parse(ReadOnlySpan<byte> input, ShimFlags flags)
    {
        if (input.IsEmpty)
        {
            return new StartInput();
        }

        if (TryParse(BootstrapParams.Parser, input) is { } parameters
            && parameters.InstanceId == flags.Id && parameters.Namespace == flags.Namespace)
        {
            return new StartInput { Parameters = parameters, Options = FindOptions(parameters) };
        }

        return new StartInput { Options = ReadOptions(TryParse(Any.Parser, input)) };
    }

    private static RuntimeOptions FindOptions(BootstrapParams parameters)
    {
        foreach (Protocol.Bootstrap.Extension extension in parameters.Extensions)
        {
            if (extension.Value is { } value && OptionsMapping.IsRuntimeOptions(value))
            {
                return ReadOptions(value);
            }
        }

        return new RuntimeOptions();
    }

    /// <summary>Create will report what is wrong with options; the start of the shim only looks for what concerns itself.</summary>
    private static RuntimeOptions ReadOptions(Any? any)
    {
        try
        {
            return OptionsMapping.ToRuntimeOptions(any);
        }
        catch (ShimException)
        {
            return new RuntimeOptions();
        }
    }

    private static T? TryParse<T>(MessageParser<T> parser, ReadOnlySpan<byte> input)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
