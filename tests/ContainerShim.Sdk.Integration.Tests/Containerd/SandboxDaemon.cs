using ContainerShim.Sdk.Integration.Tests.Containerd.V1;
using ContainerShim.Sdk.Integration.Tests.Cri;
using ContainerShim.Sdk.Integration.Tests.Harness;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>
/// A containerd 2 that has sandboxes made by shims, and a client of its controller. <c>ctr sandboxes run</c> of 2.1 is none, since it starts
/// what it never created; the controller of 1.7 can create nothing, since it does not take its own event.
/// </summary>
internal sealed class SandboxDaemon : IAsyncDisposable
{
    private const string Spec = """{"ociVersion":"1.0.2","linux":{}}""";

    private readonly GrpcChannel _channel;

    private SandboxDaemon(ContainerdInstance containerd)
    {
        Containerd = containerd;
        _channel = UnixGrpcChannel.To(containerd.Address);
        Controller = new Controller.ControllerClient(_channel);
        Store = new Store.StoreClient(_channel);
    }

    public ContainerdInstance Containerd { get; }

    public Controller.ControllerClient Controller { get; }

    public Store.StoreClient Store { get; }

    public CallOptions Within => new(new Metadata { { "containerd-namespace", Containerd.Namespace } }, DateTime.UtcNow.AddSeconds(30));

    /// <remarks>From 2.0 until 2.2 the controllers are not offered without the one of the CRI plugin.</remarks>
    public static async Task<SandboxDaemon> StartAsync(ContainerdVersion version) =>
        new(await ContainerdInstance.StartAsync(version, instance => CriConfig.For(instance, ContainerdVersions.DotnetRuntime)));

    /// <summary>Which controller makes the sandbox: its shim.</summary>
    public static SandboxReference Reference(string id) => new() { SandboxId = id, Sandboxer = "shim" };

    /// <summary>Does what a client does: the sandbox is kept, then made.</summary>
    public async Task CreateAsync(string id)
    {
        Sandbox sandbox = new()
        {
            SandboxId = id,
            Runtime = new Runtime { Name = ContainerdVersions.DotnetRuntime },
            Spec = new Any { TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/Spec", Value = ByteString.CopyFromUtf8(Spec) },
            Sandboxer = "shim",
        };
        await Store.CreateAsync(new StoredSandbox { Sandbox = sandbox }, Within);
        await Controller.CreateAsync(new ControllerCreateRequest { SandboxId = id, Sandbox = sandbox, Sandboxer = sandbox.Sandboxer }, Within);
    }

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return Containerd.DisposeAsync();
    }
}
