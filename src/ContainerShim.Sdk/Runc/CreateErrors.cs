namespace ContainerShim.Sdk.Runc;

/// <summary>Reads from a runtime's words why a container was not made.</summary>
internal static class CreateErrors
{
    /// <summary>How runc since 1.1, runc before, crun and youki say that the id is taken.</summary>
    private static readonly string[] InUse =
        ["container with given ID already exists", "container with id exists", "` already exists", "container already exists"];

    /// <summary>Whether the runtime has another container of the id, which a clean-up must not remove.</summary>
    internal static bool IsIdInUse(string failure) => Array.Exists(InUse, text => failure.Contains(text, StringComparison.Ordinal));
}
