namespace ContainerShim.Sdk.Runtimes;

/// <summary>How to restore a container from a checkpoint.</summary>
public sealed record RuntimeRestore
{
    /// <summary>Directory of the image.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Directory of criu's log and scratch files. Default: empty, which means <c>work</c> in the bundle.</summary>
    public string WorkPath { get; init; } = "";

    /// <summary>Directory of the image that <see cref="ImagePath"/> builds upon. Default: empty.</summary>
    /// <remarks>runc is not told: criu finds it by the link <c>parent</c> in the image, which the checkpoint made.</remarks>
    public string ParentPath { get; init; } = "";

    /// <summary>The streams of the restored init process.</summary>
    public required RuntimeStdio Stdio { get; init; }
}
