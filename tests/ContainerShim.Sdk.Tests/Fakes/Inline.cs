namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Lets continuations run at once, on the thread that completes what they wait for.</summary>
internal static class Inline
{
    /// <summary>The runtime runs a continuation inline only where there is no synchronization context; NUnit has one of its own.</summary>
    public static void Allow() => SynchronizationContext.SetSynchronizationContext(null);
}
