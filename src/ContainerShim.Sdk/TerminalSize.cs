namespace ContainerShim.Sdk;

/// <summary>The bounds of a terminal's size, which the kernel keeps in 16 bits.</summary>
internal static class TerminalSize
{
    internal static void Demand(int columns, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, ushort.MaxValue);
    }
}
