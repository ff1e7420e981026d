namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>Whom waitid(2) looks at.</summary>
internal enum WaitTarget
{
    /// <summary>Any child. Only ever with <see cref="WaitOptions.Peek"/>: collecting anybody robs other users of this process.</summary>
    Any = 0,

    /// <summary>The child with a pid.</summary>
    Pid = 1,

    /// <summary>The child behind a pidfd.</summary>
    Pidfd = 3,
}
