using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Protocol.Bootstrap;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Tests.Bootstrap;

/// <summary>Runs the binary of the sample shim as containerd does, with bundles in a directory of its own. Needs root.</summary>
internal sealed class ShimFixture : IDisposable
{
    internal const string Namespace = "shim-test";

    private const int SigKill = 9;

    private readonly TempDirectory _directory = new();

    internal static string Binary { get; } = typeof(ShimFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static attribute => attribute.Key == "ShimBinary").Value!;

    internal string Address => _directory["containerd.sock"];

    internal string SocketDirectory => _directory["s"];

    internal TempDirectory Directory => _directory;

    internal string BundleOf(string id) => _directory["b/" + id];

    internal string SocketOf(string group) => SocketAddress.PathFor(Address, Namespace, group, SocketDirectory);

    /// <summary>A bundle with the configuration and the log FIFO that containerd makes.</summary>
    internal string MakeBundle(string id, string annotations = "")
    {
        string bundle = _directory.Make("b/" + id);
        File.SetUnixFileMode(bundle, (UnixFileMode)0x1C0);
        _directory.Write($"b/{id}/config.json", $$"""{"ociVersion":"1.0.2","annotations":{ {{annotations}} } }""");
        Fifo.Make(_directory[$"b/{id}/log"]);
        return bundle;
    }

    /// <summary>What containerd 2.3 writes for a container; the directory of the socket among it.</summary>
    internal byte[] Parameters(string id) =>
        new BootstrapParams { InstanceId = id, Namespace = Namespace, SocketDir = SocketDirectory, ContainerdGrpcAddress = Address }.ToByteArray();

    internal string[] Arguments(string id, params string[] rest) =>
        ["-namespace", Namespace, "-address", Address, "-publish-binary", "/bin/true", "-id", id, .. rest];

    /// <summary>Runs the binary in a container's bundle to its end, and to that of its output.</summary>
    internal async Task<ShimRun> RunAsync(string workingDirectory, string[] arguments, byte[]? input = null)
    {
        using Process process = Launch(workingDirectory, arguments);
        await process.StandardInput.BaseStream.WriteAsync(input ?? []);
        process.StandardInput.Close();
        using MemoryStream output = new();
        Task copied = process.StandardOutput.BaseStream.CopyToAsync(output);
        string error = await process.StandardError.ReadToEndAsync().WaitAsync(OsFixture.Bound);
        await copied.WaitAsync(OsFixture.Bound);
        await process.WaitForExitAsync().WaitAsync(OsFixture.Bound);
        return new ShimRun(process.ExitCode, output.ToArray(), error);
    }

    internal Task<ShimRun> StartAsync(string id) => RunAsync(BundleOf(id), Arguments(id, "start"), Parameters(id));

    internal Task<ShimRun> DeleteAsync(string id) => RunAsync(BundleOf(id), Arguments(id, "-bundle", BundleOf(id), "delete"));

    /// <summary>Starts the binary and leaves it running.</summary>
    internal Process Launch(string workingDirectory, string[] arguments)
    {
        ProcessStartInfo start = new(Binary, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TTRPC_ADDRESS"] = Address + ".ttrpc";
        return Process.Start(start)!;
    }

    /// <summary>Starts a shim for a new bundle and connects to it.</summary>
    internal async Task<(TtrpcChannel Channel, int Pid)> ServeAsync(string id)
    {
        MakeBundle(id);
        ShimRun run = await StartAsync(id);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return await ConnectAsync(SocketOf(id));
    }

    /// <summary>Connects to a shim and asks for its pid.</summary>
    internal async Task<(TtrpcChannel Channel, int Pid)> ConnectAsync(string path)
    {
        TtrpcChannel channel = await TtrpcChannel.ConnectAsync(path);
        ConnectResponse response = await new WireTask.TaskClient(channel).ConnectAsync(new ConnectRequest()).ResponseAsync.WaitAsync(OsFixture.Bound);
        return (channel, (int)response.ShimPid);
    }

    internal static Task EndedAsync(int pid) => OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is null or 'Z');

    internal static void Signal(int pid, int signal) => Assert.That(Libc.KillChild(pid, signal), Is.Zero);

    /// <summary>The processes that serve from a bundle.</summary>
    internal int CountServing(string id) => Serving(BundleOf(id)).Count;

    public void Dispose()
    {
        // Also those that a test that failed knew nothing of.
        foreach (int pid in Serving(_directory["b/"]))
        {
            _ = Libc.KillChild(pid, SigKill);
        }

        _directory.Dispose();
    }

    private static List<int> Serving(string directory) =>
    [
        .. System.IO.Directory.EnumerateDirectories("/proc")
            .Where(process => new FileInfo(process + "/exe").LinkTarget == Binary
                && new FileInfo(process + "/cwd").LinkTarget?.StartsWith(directory, StringComparison.Ordinal) == true)
            .Select(static process => int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture))
            .Where(static pid => OsFixture.StateOf(pid) is not (null or 'Z')),
    ];
}
