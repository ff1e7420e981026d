using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Fakes;

internal sealed class FakeBundles(CallScript calls) : IBundleStore
{
    private readonly HashSet<string> _sharing = [];

    public Dictionary<string, ProcessExit> Exits { get; } = [];

    /// <summary>Containers of this bundle have no pid namespace of their own.</summary>
    public void SharePidNamespace(string bundle) => _sharing.Add(bundle);

    /// <summary>Others than in the beginning, by bundle.</summary>
    public Dictionary<string, string> Identities { get; } = [];

    public string IdentityOf(string bundle) => Identities.GetValueOrDefault(bundle, "first");

    public void RequireTrusted(string bundle) => calls.MakeNow("bundle.trust", bundle);

    public BundleSpec ReadSpec(string bundle)
    {
        calls.MakeNow("bundle.spec", bundle);
        return new BundleSpec { SharesPidNamespace = _sharing.Contains(bundle) };
    }

    public string MakeRootfs(string bundle)
    {
        calls.MakeNow("bundle.rootfs", bundle);
        return bundle + "/rootfs";
    }

    public void WriteOptions(string bundle, RuntimeOptions options) => calls.MakeNow("bundle.options", bundle);

    public bool OptionsAreWritten { get; set; } = true;

    public bool HasOptions(string bundle) => OptionsAreWritten;

    public RuntimeOptions ReadOptions(string bundle) => new();

    public int ReadInitPid(string bundle) => 0;

    /// <summary>What the runtime wrote, by the ids of execs.</summary>
    public Dictionary<string, int> ExecPids { get; } = [];

    public int ReadExecPid(string bundle, string execId) => ExecPids.GetValueOrDefault(execId);

    public void RecordExit(string bundle, ProcessExit exit) => Exits[bundle] = exit;

    public ProcessExit? ReadExit(string bundle) => Exits.GetValueOrDefault(bundle);

    public void RemoveExecFiles(string bundle, string execId) => calls.MakeNow("bundle.removeexec", $"{bundle} {execId}");
}
