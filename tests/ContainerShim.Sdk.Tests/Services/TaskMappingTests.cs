using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Wire = ContainerShim.Sdk.Protocol.Task;
using WireTypes = ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Tests.Services;

internal sealed class TaskMappingTests
{
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567);

    private static readonly StdioPaths Stdio = new() { Stdin = "/in", Stdout = "/out", Stderr = "/err", Terminal = true };

    [Test]
    public void FromWire_Create_TakesEveryField()
    {
        CreateTaskRequest request = TaskMapping.FromWire(new Wire.CreateTaskRequest
        {
            Id = "c1",
            Bundle = "/b",
            Rootfs =
            {
                new WireTypes.Mount { Type = "overlay", Source = "src", Target = "/t", Options = { "ro", "lowerdir=/l" } },
                new WireTypes.Mount { Type = "bind" },
            },
            Terminal = true,
            Stdin = "/in",
            Stdout = "/out",
            Stderr = "/err",
            Checkpoint = "/check",
            ParentCheckpoint = "/parent",
            Options = TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = "crun" }),
        });
        Assert.That(
            (request.Id, request.Bundle, request.Stdio, request.Checkpoint, request.ParentCheckpoint, request.Options.BinaryName),
            Is.EqualTo(("c1", "/b", Stdio, "/check", "/parent", "crun")));
        Assert.That(request.Rootfs.Select(static m => (m.Type, m.Source, m.Target)), Is.EqualTo(new[] { ("overlay", "src", "/t"), ("bind", "", "") }));
        Assert.That(request.Rootfs[0].Options, Is.EqualTo(new[] { "ro", "lowerdir=/l" }));
        Assert.That(request.Rootfs[1].Options, Is.Empty);
    }

    [Test]
    public void FromWire_Exec_TakesEveryField()
    {
        ExecRequest request = TaskMapping.FromWire(new Wire.ExecProcessRequest
        {
            Id = "c1",
            ExecId = "e1",
            Terminal = true,
            Stdin = "/in",
            Stdout = "/out",
            Stderr = "/err",
            Spec = new Any { TypeUrl = "whatever", Value = ByteString.CopyFromUtf8("{}") },
        });
        Assert.That((request.Id, request.ExecId, request.Stdio), Is.EqualTo(("c1", "e1", Stdio)));
        Assert.That(request.ProcessSpec.ToArray(), Is.EqualTo("{}"u8.ToArray()));
        Assert.That(TaskMapping.FromWire(new Wire.ExecProcessRequest { Id = "c1" }).ProcessSpec.IsEmpty, Is.True, "without a specification");
    }

    [Test]
    public void ToWire_State_GivesEveryField([Values] ContainerStatus status)
    {
        StateResult result = new()
        {
            Id = "c1",
            Bundle = "/b",
            Pid = 42,
            Status = status,
            Stdio = Stdio,
            ExitCode = 137,
            ExitedAt = At,
        };
        Wire.StateResponse expected = new()
        {
            Id = "c1",
            Bundle = "/b",
            Pid = 42,
            Status = System.Enum.Parse<WireTypes.Status>(status.ToString()),
            Stdin = "/in",
            Stdout = "/out",
            Stderr = "/err",
            Terminal = true,
            ExitStatus = 137,
            ExitedAt = new Timestamp { Seconds = At.ToUnixTimeSeconds(), Nanos = 123456700 },
        };
        Assert.That(Decoded(TaskMapping.ToWire(result)), Is.EqualTo(expected));
        expected.ExitedAt = new Timestamp { Seconds = WireTime.GoZeroSeconds };
        Assert.That(Decoded(TaskMapping.ToWire(result with { ExitedAt = null })), Is.EqualTo(expected), "Go's zero time while it has not ended");
    }

    [Test]
    public void ToWire_Delete_GivesEveryField()
    {
        Assert.That(
            TaskMapping.ToWire(new DeleteResult(42, 255, At)),
            Is.EqualTo(new Wire.DeleteResponse
            {
                Pid = 42,
                ExitStatus = 255,
                ExitedAt = new Timestamp { Seconds = At.ToUnixTimeSeconds(), Nanos = 123456700 },
            }));
        Assert.That(TaskMapping.ToWire(new DeleteResult(0, 0, null)).ExitedAt, Is.EqualTo(new Timestamp { Seconds = WireTime.GoZeroSeconds }));
    }

    [Test]
    public void ToWire_Pids_NameTheExecsAmongThem()
    {
        Wire.PidsResponse response = TaskMapping.ToWire(new PidsResult([new ContainerProcess(1), new ContainerProcess(2, "e1")]));
        Assert.That(response, Is.EqualTo(new Wire.PidsResponse
        {
            Processes =
            {
                new WireTypes.ProcessInfo { Pid = 1 },
                new WireTypes.ProcessInfo { Pid = 2, Info = TypeUrls.Pack("containerd.runc.v1.ProcessDetails", new ProcessDetails { ExecId = "e1" }) },
            },
        }));
    }

    [Test]
    public void ToWire_Payload_IsHandedOn() => Assert.That(
        TaskMapping.ToWire(new TypedPayload("t", new byte[] { 1, 2 })), Is.EqualTo(new Any { TypeUrl = "t", Value = ByteString.CopyFrom(1, 2) }));

    [Test]
    public void ToCells_MoreThanTheKernelHas_AreRefused()
    {
        Assert.That(TaskMapping.ToCells(65535), Is.EqualTo(65535));
        Assert.That(Assert.Throws<ShimException>(() => TaskMapping.ToCells(65536))!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
    }

    private static Wire.StateResponse Decoded(Wire.StateResponse response) => Wire.StateResponse.Parser.ParseFrom(response.ToByteArray());
}
