namespace ContainerShim.Sdk.Cgroups;

/// <summary><c>cgroup.freeze</c> (Linux 5.2). A SIGKILL reaches frozen processes.</summary>
internal sealed class FreezerV2(CgroupTree tree) : Freezer(tree)
{
    /// <inheritdoc/>
    protected override bool IsFrozenAt(string directory)
    {
        using HostReader reader = new(Files);
        if (reader.ReadNumber(directory + "/cgroup.freeze") == 1)
        {
            return true;
        }

        if (reader.TryRead(directory + "/cgroup.events", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                if (lines.NextField() is "frozen")
                {
                    return lines.NextField() is "1";
                }
            }
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void Set(string directory, bool frozen) => Files.TryWrite(directory + "/cgroup.freeze", frozen ? "1"u8 : "0"u8);
}
