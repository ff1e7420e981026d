namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>What becomes of a scripted call.</summary>
internal enum CallFate
{
    Succeed,
    Fail,

    /// <summary>Waits until the test releases it; ends with its token, its work not done.</summary>
    Hold,

    /// <summary>As <see cref="Hold"/>, but its work is done at once; only the return is late.</summary>
    HoldDone,

    /// <summary>As <see cref="Hold"/>, but a token that fires finds its work done.</summary>
    HoldTooLate,

    /// <summary>As <see cref="Hold"/>, but does not heed its token, like a process in uninterruptible sleep.</summary>
    HoldDeaf,
}
