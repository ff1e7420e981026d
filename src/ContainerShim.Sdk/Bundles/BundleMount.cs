namespace ContainerShim.Sdk.Bundles;

/// <summary>One mount of a container.</summary>
internal sealed record BundleMount(string Destination, string Type, string Source, IReadOnlyList<string> Options)
{
    internal BundleMount(string destination, string type, string source, params string[] options)
        : this(destination, type, source, (IReadOnlyList<string>)options)
    {
    }

    /// <summary>Whether another mount has the same mount point.</summary>
    internal bool IsAtThePlaceOf(BundleMount other) => Path.TrimEndingDirectorySeparator(Destination) == Path.TrimEndingDirectorySeparator(other.Destination);
}
