using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk;

/// <summary>A <see cref="LinuxHost"/> that belongs to who has it, from <see cref="LinuxHost.Create"/>.</summary>
public sealed class OwnedLinuxHost : LinuxHost, IDisposable
{
    /// <inheritdoc/>
    internal OwnedLinuxHost(
        ILogger logger,
        bool isSubreaper,
        bool isShared,
        StdioOptions? stdio = null,
        RuncRuntimeOptions? runc = null,
        Func<IReactor, IReaper>? makeReaper = null,
        bool runsExecsInForeground = false)
        : base(logger, isSubreaper, isShared, stdio, runc, makeReaper, runsExecsInForeground)
    {
    }

    /// <summary>Ends its thread. Who still waits for the exit of a process gets an <see cref="ObjectDisposedException"/>; timers go on, on the thread pool.</summary>
    public void Dispose() => End();
}
