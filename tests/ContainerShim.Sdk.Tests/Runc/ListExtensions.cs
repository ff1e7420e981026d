namespace ContainerShim.Sdk.Tests.Runc;

internal static class ListExtensions
{
    internal static int IndexOf(this IReadOnlyList<string> list, string item) => list.ToList().IndexOf(item);
}
