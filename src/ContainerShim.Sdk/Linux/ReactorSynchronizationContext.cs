namespace ContainerShim.Sdk.Linux;

/// <summary>
/// Marks the reactor's thread. The runtime runs no continuation inline on a thread with a context of its own, and what is posted to
/// this one goes to the thread pool, as the base class does it: so nobody's code after an await can hold the reactor up.
/// </summary>
internal sealed class ReactorSynchronizationContext : SynchronizationContext;
