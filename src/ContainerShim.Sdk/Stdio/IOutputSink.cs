using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Where the output of a process goes. Used on the reactor's thread once the relay has begun.</summary>
internal interface IOutputSink : IDisposable
{
    /// <summary>What to write to.</summary>
    SafeFd Target { get; }

    /// <summary>Whether it is a pipe: it can be spliced to, and be waited for.</summary>
    bool IsPipe { get; }

    /// <summary>Nothing will be written any more: let the reader see the end. Disposal follows sooner or later.</summary>
    void Finish(bool anythingWritten);
}
