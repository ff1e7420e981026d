using System.Security.Cryptography;
using System.Text;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk;

/// <summary>Where an engine keeps its things, and how it clears up behind itself.</summary>
internal sealed class EngineDirectories
{
    private readonly string _namespace;
    private readonly string _state;
    private readonly bool _stateWasThere;
    private readonly string _cgroup;

    internal EngineDirectories(ContainerShimOptions options)
    {
        _namespace = options.Namespace;
        _state = Path.GetFullPath(options.StateDirectory);
        // One that an earlier engine has left its lock in was that engine's to make.
        _stateWasThere = Directory.Exists(_state) && !File.Exists(Path.Join(_state, StateDirectory.LockName));
        _cgroup = $"{_namespace}-{ShortNameOf(_state)}";
    }

    /// <summary>The runtime's state, below which each namespace has a directory.</summary>
    internal string RuntimeRoot => Path.Combine(_state, "runtime");

    /// <summary>The bundles that the engine writes.</summary>
    internal string Bundles => Path.Combine(_state, "bundles", _namespace);

    /// <summary>What a later engine needs to take the containers over.</summary>
    internal string Records => Path.Combine(_state, "containers", _namespace);

    /// <summary>Whether there is a container of an id on record, also one that could not be taken over.</summary>
    internal bool HasRecords(string id) => Directory.Exists(Path.Combine(Records, id));

    /// <summary>The cgroup of a container that has not set one; null where none can be made.</summary>
    /// <remarks>
    /// Namespace and id alone are no name of its own: another engine may have the same of both in another state directory, and containerd,
    /// whose containers are at <c>/NAMESPACE/ID</c>, in its own.
    /// </remarks>
    internal string? CgroupsPath(string id, bool systemd) => Libc.EffectiveUserId() != 0 ? null
        : systemd ? $":{_cgroup}:{id}"
        : $"/{_cgroup}/{id}";

    /// <summary>Removes what is empty and was not there before.</summary>
    internal void RemoveIfEmpty()
    {
        string states = Path.Combine(RuntimeRoot, _namespace);

        // The first is crun's, which all its containers there share.
        EmptyDirectories.Remove(
            Path.Combine(states, ".empty-directory"), states, RuntimeRoot, Bundles, Path.GetDirectoryName(Bundles)!, Records, Path.GetDirectoryName(Records)!);
        if (!_stateWasThere)
        {
            EmptyDirectories.Remove(_state);
        }

        EmptyDirectories.Remove(CgroupParents.Directories("/" + _cgroup));
    }

    /// <summary>Eight hexadecimal digits, always the same for the same directory.</summary>
    private static string ShortNameOf(string directory) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(directory))).AsSpan(0, 4));
}
