namespace ContainerShim.Sdk.Cgroups;

/// <summary>The freezer hierarchy. Its processes do not die of SIGKILL before they are thawed.</summary>
internal sealed class FreezerV1(CgroupTree tree) : Freezer(tree)
{
    /// <inheritdoc/>
    protected override bool IsFrozenAt(string directory)
    {
        using HostReader reader = new(Files);
        return reader.TryRead(directory + "/freezer.state", out ReadOnlySpan<char> state) && state.Trim() is "FROZEN" or "FREEZING";
    }

    /// <inheritdoc/>
    protected override void Set(string directory, bool frozen) => Files.TryWrite(directory + "/freezer.state", frozen ? "FROZEN"u8 : "THAWED"u8);
}
