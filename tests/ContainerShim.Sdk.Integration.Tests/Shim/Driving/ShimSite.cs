using System.Text;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Protocol.Task;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>Takes containerd's place towards shims: bundles, the events socket, and the command line.</summary>
internal sealed class ShimSite : ITestSite, IAsyncDisposable
{
    /// <summary>The Go shim of Debian's containerd 1.6, to compare with.</summary>
    public const string ReferenceShim = "/usr/bin/containerd-shim-runc-v2";

    private readonly List<TestBundle> _bundles = [];
    private readonly List<RawShim> _shims = [];
    private int _count;

    private ShimSite(TestedRuntime runtime)
    {
        Runtime = runtime;

        // Short, since a unix socket's path has 107 usable bytes: unix(7).
        string unique = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 5));
        Directory = $"/tmp/csr-{unique}";
        Namespace = $"csr-{unique}";
        System.IO.Directory.CreateDirectory(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Events = new EventRecorder(EventsAddress);
        Environment = new Dictionary<string, string> { ["TTRPC_ADDRESS"] = EventsAddress, ["GRPC_ADDRESS"] = Address, ["NAMESPACE"] = Namespace };
    }

    public TestedRuntime Runtime { get; }

    public string Directory { get; }

    public string Namespace { get; }

    public string Address => Path.Combine(Directory, "c.sock");

    public string EventsAddress => Address + ".ttrpc";

    public string StateDirectory => Path.Combine(Directory, "state");

    public IEnumerable<string> Groups => _bundles.Select(bundle => bundle.Group).Distinct();

    public EventRecorder Events { get; }

    public ShimFacts Facts { get; } = new();

    public IReadOnlyDictionary<string, string> Environment { get; }

    public static ShimSite Create(TestedRuntime runtime)
    {
        ShimSite site = new(runtime);
        site.Events.Back();
        return site;
    }

    public TestBundle NewBundle(BundleOptions? options = null)
    {
        lock (_bundles)
        {
            TestBundle bundle = TestBundle.Create(this, $"c{++_count}-{Namespace}", options ?? new BundleOptions());
            _bundles.Add(bundle);
            return bundle;
        }
    }

    /// <summary>Runs <c>start</c> in a bundle as containerd does, and connects to the address it prints.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="prefix">A program that runs the shim, with its arguments: the shim's parent may matter.</param>
    /// <param name="shim">Ours by default.</param>
    /// <param name="input">What standard input brings: the runtime's options, packed.</param>
    public async Task<RawShim> StartShimAsync(
        TestBundle bundle, IReadOnlyList<string>? prefix = null, string? shim = null, byte[]? input = null)
    {
        ShimInvocation start = await InvokeAsync("start", bundle, prefix, shim, input);
        start.EnsureSuccess();
        Assert.That(start.Errors, Is.Empty);
        return await ConnectAsync(bundle, Encoding.UTF8.GetString(start.Output), isReference: shim == ReferenceShim);
    }

    public async Task<RawShim> ConnectAsync(TestBundle bundle, string address, bool isReference = false)
    {
        RawShim shim = await RawShim.ConnectAsync(this, bundle, address, isReference);
        _shims.Add(shim);
        return shim;
    }

    public Task<ShimInvocation> InvokeAsync(
        string action, TestBundle bundle, IReadOnlyList<string>? prefix = null, string? shim = null, byte[]? input = null) =>
        ShimInvocation.RunAsync([.. Runtime.Starter, .. prefix ?? [], .. CommandLine(action, bundle, shim)], bundle.Path, Environment, input);

    public IReadOnlyList<string> CommandLine(string action, TestBundle bundle, string? shim = null)
    {
        string program = shim ?? TestPaths.Shim ?? throw new InvalidOperationException("there is no shim to test");
        string[] common = [program, "-namespace", Namespace, "-address", Address, "-publish-binary", "/bin/true", "-id", bundle.Id];
        return action == "delete" ? [.. common, "-bundle", bundle.Path, action] : [.. common, action];
    }

    /// <summary>Runs <c>delete</c> as containerd does for a container whose shim is dead.</summary>
    public async Task<(DeleteResponse Response, TimeSpan Elapsed)> DeleteAsync(TestBundle bundle)
    {
        ShimInvocation delete = (await InvokeAsync("delete", bundle)).EnsureSuccess();
        return (DeleteResponse.Parser.ParseFrom(delete.Output), delete.Elapsed);
    }

    /// <summary>What is on the machine of this site, apart from the bundles, which are containerd's to remove.</summary>
    public Census Left() => Census.Take(this, [.. Groups]) with { Bundles = [] };

    public Task AssertNothingIsLeftAsync() => Eventually.ShowsAsync(Left, left => left.IsEmpty, "nothing is left", Pace.Of(TimeSpan.FromSeconds(5)));

    /// <summary>Ends a shim that has no container any more, of whose containers nothing may be left then.</summary>
    public async Task AssertNothingIsLeftAsync(RawShim shim)
    {
        await shim.ShutdownAsync();
        await AssertNothingIsLeftAsync();
    }

    public string Logs() => string.Join('\n', _bundles.Select(bundle => bundle.ReadLog()).Where(log => log.Length > 0));

    public async ValueTask DisposeAsync()
    {
        foreach (RawShim shim in _shims)
        {
            await shim.DisposeAsync();
        }

        await Leftovers.RemoveAsync(this);
        await Events.DisposeAsync();
        _bundles.ForEach(bundle => bundle.Dispose());
    }
}
