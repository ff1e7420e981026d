namespace ContainerShim.Sdk.Stdio;

/// <summary>Moves bytes of one stream without ever waiting. Used on the reactor's thread.</summary>
internal interface IRelayMover : IDisposable
{
    /// <summary>Whether bytes have been taken from the source that the target had no room for.</summary>
    bool HasPending { get; }

    /// <summary>Whether some of them could be written at once, if the target had room.</summary>
    bool WantsTarget { get; }

    /// <summary>Makes one attempt.</summary>
    /// <param name="moved">How many bytes it took from the source.</param>
    RelayStep Move(out int moved);

    /// <summary>From now on nothing is taken from the source; what is pending still goes to the target.</summary>
    void EndSource();
}
