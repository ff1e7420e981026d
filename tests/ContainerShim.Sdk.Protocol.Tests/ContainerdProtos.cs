using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Google.Protobuf.Reflection;

namespace ContainerShim.Sdk.Protocol.Tests;

/// <summary>containerd's own .proto files, as Debian ships them, compiled with the protoc of Grpc.Tools.</summary>
internal static class ContainerdProtos
{
    private const string Packages = "golang-github-containerd-containerd-dev golang-github-containerd-cgroups-dev golang-github-gogo-protobuf-dev";
    private const string Containerd = "github.com/containerd/containerd";

    // Where the packages put Go sources; another directory serves where they were only unpacked.
    private static readonly string GoSources = Environment.GetEnvironmentVariable("CONTAINERD_PROTO_PATH") ?? "/usr/share/gocode/src";

    private static readonly string[] Gogo =
    [
        $"{Containerd}/runtime/v2/task/shim.proto",
        $"{Containerd}/runtime/v2/runc/options/oci.proto",
        $"{Containerd}/runtime/linux/runctypes/runc.proto",
        $"{Containerd}/api/events/task.proto",
        $"{Containerd}/api/types/mount.proto",
        $"{Containerd}/api/types/metrics.proto",
        $"{Containerd}/api/types/platform.proto",
        $"{Containerd}/api/types/task/task.proto",
        $"{Containerd}/api/services/ttrpc/events/v1/events.proto",
        $"{Containerd}/api/services/events/v1/events.proto",
        $"{Containerd}/api/services/version/v1/version.proto",
        "github.com/containerd/cgroups/stats/v1/metrics.proto",
        "github.com/containerd/cgroups/v2/stats/metrics.proto",
    ];

    // Imports gogo.proto under its long path, which protoc takes for another file: it cannot go together with the others.
    private static readonly string[] LongGogo = [$"{Containerd}/pkg/runtimeoptions/v1/api.proto"];

    public static async Task<SortedDictionary<string, string>> CompileAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> needed = [.. Gogo, .. LongGogo, "github.com/gogo/protobuf/gogoproto/gogo.proto"];
        string[] missing = [.. needed.Where(file => !File.Exists(Path.Combine(GoSources, file)))];
        if (missing.Length > 0)
        {
            Assert.Fail($"{missing[0]} is not under {GoSources}. Run ./build.sh setup, which unpacks {Packages}, or set CONTAINERD_PROTO_PATH");
        }

        DirectoryInfo output = Directory.CreateTempSubdirectory("containerd-protos");
        try
        {
            FileDescriptorSet first = await CompileAsync(output, [$"{GoSources}/github.com/gogo/protobuf", GoSources], Gogo, cancellationToken);
            FileDescriptorSet second = await CompileAsync(output, [GoSources], LongGogo, cancellationToken);
            return WireShape.Of(first.File.Concat(second.File));
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    private static async Task<FileDescriptorSet> CompileAsync(DirectoryInfo output, string[] roots, string[] files, CancellationToken cancellationToken)
    {
        string tools = typeof(ContainerdProtos).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "GrpcToolsPath").Value!;
        string architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux_arm64" : "linux_x64";
        string set = Path.Combine(output.FullName, "set.pb");
        ProcessStartInfo start = new(Path.Combine(tools, "tools", architecture, "protoc")) { RedirectStandardError = true };
        start.ArgumentList.Add($"--descriptor_set_out={set}");
        foreach (string argument in roots.Prepend(Path.Combine(tools, "build", "native", "include")).Select(root => $"-I{root}").Concat(files))
        {
            start.ArgumentList.Add(argument);
        }

        using Process protoc = Process.Start(start) ?? throw new Win32Exception("protoc did not start");
        string messages = await protoc.StandardError.ReadToEndAsync(cancellationToken);
        await protoc.WaitForExitAsync(cancellationToken);
        Assert.That(protoc.ExitCode, Is.Zero, messages);
        return FileDescriptorSet.Parser.ParseFrom(await File.ReadAllBytesAsync(set, cancellationToken));
    }
}
