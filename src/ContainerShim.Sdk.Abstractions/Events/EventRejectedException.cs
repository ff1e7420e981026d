namespace ContainerShim.Sdk.Events;

/// <summary>The receiver of an event refuses it for good, for example because the namespace is not valid.</summary>
public sealed class EventRejectedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public EventRejectedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
