using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Bootstrap;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using Mono.Unix.Native;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>
/// <c>start</c>: takes the socket, starts the process that serves it, and prints the address. Runs in the bundle, once a container,
/// while somebody waits: it does nothing that it need not.
/// </summary>
internal static class StartCommand
{
    /// <summary>Debug level and below, of containerd's log levels.</summary>
    private const int DebugLevel = -4;

    public static void Run(ShimFlags flags, Stream input, Stream output)
    {
        Identifiers.Validate(flags.Id);
        Identifiers.Validate(flags.Namespace);
        string bundle = Directory.GetCurrentDirectory();
        StartInput request = StartInput.Read(input, flags);
        string group = Grouping.GroupOf(new BundleStore(), bundle, flags.Id);
        string path = SocketAddress.PathFor(flags.Address, flags.Namespace, group, request.Parameters?.SocketDir);
        string address = SocketAddress.ToUri(path);
        UnixTtrpcListener? listener = ShimSocket.TryListen(path);
        if (listener is null)
        {
            WriteAddress(bundle, address);
        }
        else
        {
            using (listener.Handle)
            {
                StartServing(flags, request, listener, path);
            }
        }

        Print(request, address, output);
    }

    private static void StartServing(ShimFlags flags, StartInput request, UnixTtrpcListener listener, string path)
    {
        int pid = 0;
        try
        {
            // Before the process is there, which a full disk must not leave behind.
            WriteAddress(Directory.GetCurrentDirectory(), SocketAddress.ToUri(path));
            SchedCore.CreateIfAsked();
            pid = PosixSpawner.Start(new SpawnRequest
            {
                FileName = Environment.ProcessPath!,
                Arguments = Arguments(flags, request),
                Environment = DaemonEnvironment.Make(request.Parameters),
                WorkingDirectory = Directory.GetCurrentDirectory(),
                ExtraDescriptors = [listener.Handle],
                NewProcessGroup = true,
            });
            if (request.Options.ShimCgroup.Length > 0)
            {
                ShimCgroup.Join(request.Options.ShimCgroup, pid);
            }

            OomScore.AdjustToParent(pid);
        }
        catch
        {
            if (pid > 0)
            {
                _ = Libc.KillChild(pid, (int)Signum.SIGKILL);
            }

            File.Delete(path);
            throw;
        }
    }

    private static List<string> Arguments(ShimFlags flags, StartInput request)
    {
        List<string> arguments =
        [
            Environment.ProcessPath!, "-namespace", flags.Namespace, "-id", flags.Id, "-address", flags.Address,
            "-publish-binary", flags.PublishBinary,
        ];
        if (flags.Debug || request.Parameters is { } parameters && (int)parameters.LogLevel <= DebugLevel)
        {
            arguments.Add("-debug");
        }

        return arguments;
    }

    /// <summary>containerd up to 1.7 finds a shim again by this file after its own restart.</summary>
    private static void WriteAddress(string bundle, string address) => AtomicFile.Write(Path.Combine(bundle, "address"), address);

    /// <summary>
    /// A result message for who sent parameters, else the plain address, which every containerd before 2.3 reads, and takes for
    /// version 2 of the task service; both are served.
    /// </summary>
    private static void Print(StartInput request, string address, Stream output)
    {
        output.Write(request.Parameters is null
            ? System.Text.Encoding.UTF8.GetBytes(address)
            : new BootstrapResult { Version = 3, Address = address, Protocol = "ttrpc" }.ToByteArray());
        output.Flush();
    }
}
