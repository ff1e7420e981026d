namespace ContainerShim.Sdk.TestHost;

/// <summary>How many processes there were, and how many of them had another status than their own.</summary>
internal sealed record StormResult(int Count, int Wrong)
{
    public override string ToString() => $"{Wrong} of {Count}";
}
