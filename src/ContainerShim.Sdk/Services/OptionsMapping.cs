using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Runtimes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using CheckpointOptions = ContainerShim.Sdk.Protocol.Runc.CheckpointOptions;
using CreateOptions = ContainerShim.Sdk.Protocol.LinuxRunc.CreateOptions;
using GenericOptions = ContainerShim.Sdk.Protocol.RuntimeOptions.Options;
using LinuxCheckpointOptions = ContainerShim.Sdk.Protocol.LinuxRunc.CheckpointOptions;
using RuncOptions = ContainerShim.Sdk.Protocol.Runc.Options;

namespace ContainerShim.Sdk.Services;

/// <summary>Reads the options that come with requests, in every form that containerd, its clients and the CRI plugin send them.</summary>
internal static class OptionsMapping
{
    /// <exception cref="ShimException">Unknown: a type this shim does not know. InvalidArgument: a value that is not of its type.</exception>
    public static RuntimeOptions ToRuntimeOptions(Any? any)
    {
        if (any is null || any.Value.IsEmpty)
        {
            return new RuntimeOptions();
        }

        TypedPayload payload = new(any.TypeUrl, any.Value.Memory);
        if (TypeUrls.Is(any, TypeUrls.RuncOptions))
        {
            return FromMessage(Parse(RuncOptions.Parser, any)) with { Payload = payload };
        }

        if (TypeUrls.Is(any, TypeUrls.RuntimeOptions))
        {
            return TomlOptions.Read(Parse(GenericOptions.Parser, any)) with { Payload = payload };
        }

        if (TypeUrls.Is(any, TypeUrls.LinuxRuncCreateOptions))
        {
            return FromMessage(FromOlder(Parse(CreateOptions.Parser, any))) with { Payload = payload };
        }

        throw UnknownType(any);
    }

    /// <summary>Whether a message is one of the option types this shim reads.</summary>
    public static bool IsRuntimeOptions(Any any) =>
        TypeUrls.Is(any, TypeUrls.RuncOptions) || TypeUrls.Is(any, TypeUrls.RuntimeOptions) || TypeUrls.Is(any, TypeUrls.LinuxRuncCreateOptions);

    /// <exception cref="ShimException">Unknown, InvalidArgument: as for runtime options.</exception>
    public static RuntimeCheckpoint ToCheckpoint(string path, Any? any)
    {
        CheckpointOptions options = ReadCheckpoint(any);
        return new RuntimeCheckpoint
        {
            ImagePath = path.Length > 0 ? path : options.ImagePath,
            WorkPath = options.WorkPath,
            ParentPath = options.ParentPath,
            Exit = options.Exit,
            OpenTcp = options.OpenTcp,
            ExternalUnixSockets = options.ExternalUnixSockets,
            Terminal = options.Terminal,
            FileLocks = options.FileLocks,
            EmptyNamespaces = [.. options.EmptyNamespaces],
            CgroupsMode = options.CgroupsMode,
        };
    }

    private static CheckpointOptions ReadCheckpoint(Any? any)
    {
        if (any is null || any.Value.IsEmpty)
        {
            return new CheckpointOptions();
        }

        if (TypeUrls.Is(any, TypeUrls.RuncCheckpointOptions))
        {
            return Parse(CheckpointOptions.Parser, any);
        }

        return TypeUrls.Is(any, TypeUrls.LinuxRuncCheckpointOptions)
            ? FromOlder(Parse(LinuxCheckpointOptions.Parser, any))
            : throw UnknownType(any);
    }

    /// <summary>The code is Unknown as containerd's shim has it: NotFound would tell a client that the container is not there.</summary>
    private static ShimException UnknownType(Any any) => ShimException.Unknown($"type with url {any.TypeUrl}: not found");

    private static RuntimeOptions FromMessage(RuncOptions options) => new()
    {
        BinaryName = options.BinaryName,
        Root = options.Root,
        SystemdCgroup = options.SystemdCgroup,
        NoPivotRoot = options.NoPivotRoot,
        NoNewKeyring = options.NoNewKeyring,
        ShimCgroup = options.ShimCgroup,
        IoUid = OwnerOf(options.IoUid, "io_uid"),
        IoGid = OwnerOf(options.IoGid, "io_gid"),
        CriuImagePath = options.CriuImagePath,
        CriuWorkPath = options.CriuWorkPath,
    };

    private static RuncOptions FromOlder(CreateOptions options) => new()
    {
        NoPivotRoot = options.NoPivotRoot,
        NoNewKeyring = options.NoNewKeyring,
        ShimCgroup = options.ShimCgroup,
        IoUid = options.IoUid,
        IoGid = options.IoGid,
        CriuImagePath = options.CriuImagePath,
        CriuWorkPath = options.CriuWorkPath,
    };

    private static CheckpointOptions FromOlder(LinuxCheckpointOptions options) => new()
    {
        Exit = options.Exit,
        OpenTcp = options.OpenTcp,
        ExternalUnixSockets = options.ExternalUnixSockets,
        Terminal = options.Terminal,
        FileLocks = options.FileLocks,
        EmptyNamespaces = { options.EmptyNamespaces },
        CgroupsMode = options.CgroupsMode,
        ImagePath = options.ImagePath,
        WorkPath = options.WorkPath,
    };

    /// <summary>What is beyond is a negative number to some, which chown(2) takes for "leave it" (CVE-2024-40635 was of this kind).</summary>
    private static uint OwnerOf(uint value, string name) =>
        value <= int.MaxValue ? value : throw ShimException.InvalidArgument($"{name} {value} is not one of 0 to {int.MaxValue}");

    private static T Parse<T>(MessageParser<T> parser, Any any)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(any.Value);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw ShimException.InvalidArgument($"{any.TypeUrl}: proto: cannot parse invalid wire-format data", e);
        }
    }
}
