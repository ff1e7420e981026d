namespace ContainerShim.Sdk.Ttrpc;

/// <summary>How a <see cref="TtrpcChannel"/> calls.</summary>
public sealed class TtrpcChannelOptions
{
    /// <summary>How long the server may take over one frame that it has begun, before the channel closes. Default: 30 seconds.</summary>
    public TimeSpan FrameTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock behind deadlines and timeouts. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
