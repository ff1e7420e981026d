namespace ContainerShim.Sdk.Ttrpc;

/// <summary>How a <see cref="TtrpcChannel"/> calls.</summary>
public sealed class TtrpcChannelOptions
{
    /// <summary>How long the server may take over one frame that it has begun, before the channel closes. Default: 30 seconds.</summary>
    public TimeSpan FrameTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a channel of <see cref="TtrpcChannel.ConnectAsync"/> reads on a thread of its own, on which the code after an awaited call with
    /// one response goes on, too, so that it must not block. For a caller that makes one call after the other: an answer then costs one
    /// change of threads instead of three, which counts where more is to be done than there are processors for. Default: false.
    /// </summary>
    public bool ReadsOnOwnThread { get; set; }

    /// <summary>The clock behind deadlines and timeouts. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
