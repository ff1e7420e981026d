using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Tasks;
using Google.Protobuf.WellKnownTypes;
using Wire = ContainerShim.Sdk.Protocol.Task;
using WireTypes = ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Services;

/// <summary>Turns task requests and results into their messages and back.</summary>
internal static class TaskMapping
{
    public static CreateTaskRequest FromWire(Wire.CreateTaskRequest request) => new()
    {
        Id = request.Id,
        Bundle = request.Bundle,
        Rootfs = [.. request.Rootfs.Select(FromWire)],
        Stdio = Stdio(request.Stdin, request.Stdout, request.Stderr, request.Terminal),
        Checkpoint = request.Checkpoint,
        ParentCheckpoint = request.ParentCheckpoint,
        Options = OptionsMapping.ToRuntimeOptions(request.Options),
    };

    public static ExecRequest FromWire(Wire.ExecProcessRequest request) => new()
    {
        Id = request.Id,
        ExecId = request.ExecId,
        ProcessSpec = request.Spec?.Value.Memory ?? default,
        Stdio = Stdio(request.Stdin, request.Stdout, request.Stderr, request.Terminal),
    };

    public static Wire.StateResponse ToWire(StateResult result) => new()
    {
        Id = result.Id,
        Bundle = result.Bundle,
        Pid = (uint)result.Pid,
        Status = (WireTypes.Status)result.Status,
        Stdin = result.Stdio.Stdin,
        Stdout = result.Stdio.Stdout,
        Stderr = result.Stdio.Stderr,
        Terminal = result.Stdio.Terminal,
        ExitStatus = (uint)result.ExitCode,
        ExitedAt = WireTime.ToWire(result.ExitedAt),
    };

    public static Wire.DeleteResponse ToWire(DeleteResult result) => new()
    {
        Pid = (uint)result.Pid,
        ExitStatus = (uint)result.ExitCode,
        ExitedAt = WireTime.ToWire(result.ExitedAt),
    };

    public static Wire.PidsResponse ToWire(PidsResult result)
    {
        Wire.PidsResponse response = new();
        response.Processes.AddRange(result.Processes.Select(ToWire));
        return response;
    }

    public static Any ToWire(TypedPayload payload) => new()
    {
        TypeUrl = payload.TypeUrl,
        Value = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(payload.Value),
    };

    /// <summary>A length of a terminal. containerd's shim cuts it to the 16 bits the kernel has, which makes an unrelated size of a wrong one.</summary>
    /// <exception cref="ShimException">InvalidArgument: the kernel has no such terminal, see ioctl_tty(2), struct winsize.</exception>
    public static int ToCells(uint length) => length <= ushort.MaxValue
        ? (int)length
        : throw ShimException.InvalidArgument($"terminal size {length} is larger than {ushort.MaxValue}");

    private static WireTypes.ProcessInfo ToWire(ContainerProcess process) => new()
    {
        Pid = (uint)process.Pid,
        Info = process.ExecId.Length == 0
            ? null
            : TypeUrls.Pack(TypeUrls.RuncProcessDetails, new Protocol.Runc.ProcessDetails { ExecId = process.ExecId }),
    };

    public static RootfsMount FromWire(WireTypes.Mount mount) => new()
    {
        Type = mount.Type,
        Source = mount.Source,
        Target = mount.Target,
        Options = [.. mount.Options],
    };

    private static StdioPaths Stdio(string stdin, string stdout, string stderr, bool terminal) =>
        new() { Stdin = stdin, Stdout = stdout, Stderr = stderr, Terminal = terminal };
}
