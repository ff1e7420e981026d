namespace ContainerShim.Sdk.Bundles;

internal static class Identifiers
{
    public static void Validate(string identifier) => ArgumentNullException.ThrowIfNull(identifier);
}
