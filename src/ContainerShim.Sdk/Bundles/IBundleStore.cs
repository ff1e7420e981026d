using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Bundles;

/// <summary>The files of a bundle. None of the reading or removing operations needs free disk space.</summary>
internal interface IBundleStore
{
    /// <summary>
    /// Refuses a bundle that others could have prepared: containerd makes it for root alone (0700), or with a group that may pass
    /// through (0710, 0711), as a real directory.
    /// </summary>
    /// <exception cref="ShimException">NotFound: no such directory. FailedPrecondition: not one to be trusted.</exception>
    void RequireTrusted(string bundle);

    /// <summary>What tells this bundle from another that takes its path later; empty where there is none.</summary>
    string IdentityOf(string bundle);

    /// <summary>Reads from <c>config.json</c> what the shim itself needs to know.</summary>
    /// <exception cref="ShimException">NotFound: no such bundle or file. InvalidArgument: not an OCI configuration.</exception>
    BundleSpec ReadSpec(string bundle);

    /// <summary>Makes the empty directory <c>rootfs</c> (0711) where it is missing, and returns its path.</summary>
    string MakeRootfs(string bundle);

    /// <summary>Writes <c>runtime</c> and <c>options.json</c>, from which `delete` cleans up after a dead shim.</summary>
    void WriteOptions(string bundle, RuntimeOptions options);

    /// <summary>Whether <see cref="WriteOptions"/> has written into the bundle what can be read: the runtime is never called before.</summary>
    bool HasOptions(string bundle);

    /// <summary>Reads what <see cref="WriteOptions"/> wrote; defaults where it did not.</summary>
    RuntimeOptions ReadOptions(string bundle);

    /// <summary>The pid in <c>init.pid</c>; 0 where there is none.</summary>
    int ReadInitPid(string bundle);

    /// <summary>The pid that the runtime wrote for an exec; 0 where there is none.</summary>
    int ReadExecPid(string bundle, string execId);

    /// <summary>Records how the init process ended, for `delete` and for a successor. Best effort: a full disk is not an error.</summary>
    void RecordExit(string bundle, ProcessExit exit);

    /// <summary>What <see cref="RecordExit"/> recorded; null where it did not.</summary>
    ProcessExit? ReadExit(string bundle);

    /// <summary>Removes the pid file of an exec.</summary>
    void RemoveExecFiles(string bundle, string execId);
}
