using System.Diagnostics;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>A private containerd, without CRI and with nothing outside its directory. Needs root and /usr/bin/containerd.</summary>
internal sealed class Containerd : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Process _process;

    private Containerd()
    {
        File.WriteAllText(_directory["config.toml"], $"""
            version = 2
            root = "{_directory["root"]}"
            state = "{_directory["state"]}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
            [grpc]
              address = "{GrpcAddress}"
            [ttrpc]
              address = "{TtrpcAddress}"
            """);
        _process = Start("/usr/bin/containerd", "-c", _directory["config.toml"], "-l", "warn");
    }

    internal string GrpcAddress => _directory["c.sock"];

    internal string TtrpcAddress => _directory["t.sock"];

    internal static async Task<Containerd> StartAsync()
    {
        Containerd containerd = new();
        await Bounded.UntilAsync(() => File.Exists(containerd.TtrpcAddress) && File.Exists(containerd.GrpcAddress), "containerd listens");
        return containerd;
    }

    internal Process Ctr(params string[] arguments) => Start("/usr/bin/ctr", ["--address", GrpcAddress, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Soon();
        _process.Dispose();
        _directory.Dispose();
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
