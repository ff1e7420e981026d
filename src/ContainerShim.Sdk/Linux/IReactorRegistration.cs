namespace ContainerShim.Sdk.Linux;

/// <summary>A descriptor's place in the reactor. Dispose on the reactor's thread to be sure that no callback comes any more.</summary>
internal interface IReactorRegistration : IDisposable
{
    /// <summary>
    /// What to wait for. With <see cref="PollEvents.None"/> the descriptor is taken out of the epoll set, so that a hang-up does not
    /// call back for ever.
    /// </summary>
    PollEvents Interest { get; set; }
}
