namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>An implementation breaks its contract. The message says what was done, what the contract wants and what came instead.</summary>
public sealed class ConformanceException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ConformanceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
