using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using CheckpointOptions = ContainerShim.Sdk.Protocol.Runc.CheckpointOptions;
using ProcessDetails = ContainerShim.Sdk.Protocol.Runc.ProcessDetails;
using RuncOptions = ContainerShim.Sdk.Protocol.Runc.Options;
using Wire = ContainerShim.Sdk.Protocol.Task;
using WireTypes = ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Testing.Shims;

/// <summary>The client's side of containerd's task messages.</summary>
internal static class TaskMessages
{
    public static Wire.CreateTaskRequest ToWire(CreateTaskRequest request)
    {
        Wire.CreateTaskRequest message = new()
        {
            Id = request.Id,
            Bundle = request.Bundle,
            Stdin = request.Stdio.Stdin,
            Stdout = request.Stdio.Stdout,
            Stderr = request.Stdio.Stderr,
            Terminal = request.Stdio.Terminal,
            Checkpoint = request.Checkpoint,
            ParentCheckpoint = request.ParentCheckpoint,
            Options = ToWire(request.Options),
        };
        message.Rootfs.Add(request.Rootfs.Select(ToWire));
        return message;
    }

    public static WireTypes.Mount ToWire(RootfsMount mount)
    {
        WireTypes.Mount message = new() { Type = mount.Type, Source = mount.Source, Target = mount.Target };
        message.Options.AddRange(mount.Options);
        return message;
    }

    public static Any ToWire(TypedPayload payload) => new() { TypeUrl = payload.TypeUrl, Value = ByteString.CopyFrom(payload.Value.Span) };

    public static Wire.ExecProcessRequest ToWire(ExecRequest request) => new()
    {
        Id = request.Id,
        ExecId = request.ExecId,
        Stdin = request.Stdio.Stdin,
        Stdout = request.Stdio.Stdout,
        Stderr = request.Stdio.Stderr,
        Terminal = request.Stdio.Terminal,
        Spec = new Any { TypeUrl = TypeUrls.OciProcess, Value = ByteString.CopyFrom(request.ProcessSpec.Span) },
    };

    public static Wire.UpdateTaskRequest ToWire(UpdateRequest request) => new()
    {
        Id = request.Id,
        Resources = new Any { TypeUrl = TypeUrls.OciLinuxResources, Value = ByteString.CopyFrom(request.Resources.Span) },
    };

    public static Wire.CheckpointTaskRequest ToWire(CheckpointRequest request)
    {
        RuntimeCheckpoint checkpoint = request.Checkpoint;
        CheckpointOptions options = new()
        {
            WorkPath = checkpoint.WorkPath,
            ParentPath = checkpoint.ParentPath,
            Exit = checkpoint.Exit,
            OpenTcp = checkpoint.OpenTcp,
            ExternalUnixSockets = checkpoint.ExternalUnixSockets,
            Terminal = checkpoint.Terminal,
            FileLocks = checkpoint.FileLocks,
            CgroupsMode = checkpoint.CgroupsMode,
        };
        options.EmptyNamespaces.AddRange(checkpoint.EmptyNamespaces);
        return new Wire.CheckpointTaskRequest
        {
            Id = request.Id,
            Path = checkpoint.ImagePath,
            Options = TypeUrls.Pack(TypeUrls.RuncCheckpointOptions, options),
        };
    }

    public static StateResult FromWire(Wire.StateResponse response) => new()
    {
        Id = response.Id,
        Bundle = response.Bundle,
        Pid = (int)response.Pid,
        Status = (ContainerStatus)response.Status,
        Stdio = new StdioPaths { Stdin = response.Stdin, Stdout = response.Stdout, Stderr = response.Stderr, Terminal = response.Terminal },
        ExitCode = (int)response.ExitStatus,
        ExitedAt = WireTime.FromWire(response.ExitedAt),
    };

    /// <summary>Null when there is none.</summary>
    public static TypedPayload? FromWire(Any? message) => message is null ? null : new TypedPayload(message.TypeUrl, message.Value.Memory);

    public static PidsResult FromWire(Wire.PidsResponse response) => new([.. response.Processes.Select(static process => new ContainerProcess(
        (int)process.Pid, process.Info is { } info ? ProcessDetails.Parser.ParseFrom(info.Value).ExecId : ""))]);

    /// <summary>The options as they came where there are any, else what their fields say; none for defaults, as a client that has none sends.</summary>
    private static Any? ToWire(RuntimeOptions options)
    {
        if (options.Payload is { } payload)
        {
            return ToWire(payload);
        }

        return options == new RuntimeOptions() ? null : TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions
        {
            BinaryName = options.BinaryName,
            Root = options.Root,
            SystemdCgroup = options.SystemdCgroup,
            NoPivotRoot = options.NoPivotRoot,
            NoNewKeyring = options.NoNewKeyring,
            ShimCgroup = options.ShimCgroup,
            IoUid = options.IoUid,
            IoGid = options.IoGid,
            CriuImagePath = options.CriuImagePath,
            CriuWorkPath = options.CriuWorkPath,
        });
    }
}
