using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GenericOptions = ContainerShim.Sdk.Protocol.RuntimeOptions.Options;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>What is set in containerd's configuration for a runtime, in the forms in which it comes.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class OptionsTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task Options_OfRunc_ReachItsCommandLine([Values("message", "toml", "file")] string form)
    {
        string root = Path.Combine(Site.Directory, "runc-root");

        // Debian's runc does what these ask for, but for systemd, which is not here.
        RecordingRuntime runtime = new(Site, """
            for a; do shift; [ "$a" = --systemd-cgroup ] || set -- "$@" "$a"; done
            """);
        string toml = $"""
            # as in containerd's configuration
            BinaryName = "{runtime.Path}"
            Root = '{root}'
            SystemdCgroup = true
            NoPivotRoot = true
            NoNewKeyring = true
            """;
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["true"] });
        RawShim shim = await Site.StartShimAsync(bundle);

        RawTask task = await shim.CreateAsync(bundle, request => request.Options = form switch
        {
            "message" => TypeUrls.Pack(TypeUrls.RuncOptions, new Options
            {
                BinaryName = runtime.Path, Root = root, SystemdCgroup = true, NoPivotRoot = true, NoNewKeyring = true,
            }),
            "toml" => TypeUrls.Pack(TypeUrls.RuntimeOptions, new GenericOptions { TypeUrl = "any", ConfigBody = ByteString.CopyFromUtf8(toml) }),
            _ => TypeUrls.Pack(TypeUrls.RuntimeOptions, new GenericOptions { ConfigPath = WriteFile("options.toml", toml) }),
        });
        await task.StartAsync();
        await task.WaitAsync();
        await task.DeleteAsync();

        string create = await runtime.CallAsync("create");
        Assert.That(create, Does.StartWith($"--root {root}/{Site.Namespace} "));
        Assert.That(create, Does.Contain(" --systemd-cgroup create ").And.Contain(" --no-pivot ").And.Contain(" --no-new-keyring "));
        Assert.That(await runtime.CallAsync("start"), Does.Contain(" --systemd-cgroup start "));
        Assert.That(await runtime.CallAsync("delete"), Does.StartWith($"--root {root}/{Site.Namespace} ").And.Contain(" --systemd-cgroup delete "));
        Assert.That(await File.ReadAllTextAsync(bundle.PathOf("runtime")), Is.EqualTo(runtime.Path));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(root, Site.Namespace)), Is.Empty);
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [TestCase("Root = 7", "config_body:1: expected a string in quotes")]
    [TestCase("\nSystemdCgroup = \"yes\"", "config_body:2: expected true or false")]
    [TestCase("nonsense", "config_body:1: expected key = value")]
    public async Task Toml_ThatIsWrong_IsRefusedWithItsLine(string toml, string expected)
    {
        RpcException failure = await RefusedAsync(new GenericOptions { ConfigBody = ByteString.CopyFromUtf8(toml) });

        Assert.That(failure.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(failure.Status.Detail, Does.Contain(expected));
    }

    [Test]
    public async Task TomlFile_ThatIsMissing_IsNamed() =>
        Assert.That((await RefusedAsync(new GenericOptions { ConfigPath = "/no/such.toml" })).Status.Detail, Does.Contain("/no/such.toml"));

    [Test]
    public async Task IoOwner_OwnsThePipesOfTheContainer()
    {
        string record = Path.Combine(Site.Directory, "owners");
        string runtime = Script.Make(Site, "runtime", $"""
            case " $* " in *" create "*) owners=$(stat -L -c '%F %u %g' /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$owners" > {record} ;; esac
            exec runc "$@"
            """);
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["true"] });
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, stderr: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);

        RawTask task = await shim.CreateAsync(
            bundle,
            request => request.Options = TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = runtime, IoUid = 1234, IoGid = 4321 }),
            stdio);

        Assert.That(await File.ReadAllLinesAsync(record), Is.EqualTo(Enumerable.Repeat("fifo 1234 4321", 3)));
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task ShimCgroup_HoldsTheShimAndNotItsContainers([Values("message", "toml")] string form)
    {
        // Below the site's own cgroup, which is removed with it.
        string path = $"/{Site.Namespace}/shim";
        Any options = form == "message"
            ? TypeUrls.Pack(TypeUrls.RuncOptions, new Options { ShimCgroup = path })
            : TypeUrls.Pack(TypeUrls.RuntimeOptions, new GenericOptions { ConfigBody = ByteString.CopyFromUtf8($"ShimCgroup = \"{path}\"") });
        TestBundle bundle = Site.NewBundle();

        RawShim shim = await Site.StartShimAsync(bundle, input: options.ToByteArray());

        Assert.That(await File.ReadAllTextAsync($"/proc/{shim.Pid}/cgroup"), Does.Contain($":memory:{path}\n"));
        RawTask task = await shim.RunAsync(bundle);
        Assert.That(await File.ReadAllTextAsync($"/proc/{task.Pid}/cgroup"), Does.Contain($":memory:/{Site.Namespace}/{task.Id}\n"));
        await task.KillAndDeleteAsync();
        await shim.ShutdownAsync();
    }

    private string WriteFile(string name, string content)
    {
        string path = Path.Combine(Site.Directory, name);
        File.WriteAllText(path, content);
        return path;
    }

    private async Task<RpcException> RefusedAsync(GenericOptions options)
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RpcException? failure = await Assert.CatchAsync<RpcException>(
            () => shim.CreateAsync(bundle, request => request.Options = TypeUrls.Pack(TypeUrls.RuntimeOptions, options)));
        await Site.AssertNothingIsLeftAsync(shim);
        return failure!;
    }
}
