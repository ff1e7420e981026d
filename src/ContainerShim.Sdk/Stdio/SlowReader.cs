namespace ContainerShim.Sdk.Stdio;

/// <summary>The policy of one container.</summary>
/// <param name="Policy">What happens.</param>
/// <param name="Size">How many bytes of a stream may wait; of no meaning when the process is to wait.</param>
internal readonly record struct SlowReader(SlowReaderPolicy Policy, long Size)
{
    internal const string PolicyAnnotation = "dev.containershim.stdio.policy";
    internal const string SizeAnnotation = "dev.containershim.stdio.buffer-size";

    /// <summary>Below this the policies would drop what a reader takes a moment later.</summary>
    private const long SmallestSize = 4096;

    /// <summary>The policy that options and annotations make together.</summary>
    /// <exception cref="ShimException">InvalidArgument: an annotation cannot be followed.</exception>
    internal static SlowReader Choose(StdioOptions options, IReadOnlyDictionary<string, string> annotations)
    {
        SlowReaderPolicy policy = options.SlowReader;
        string? size = null;
        if (options.FollowAnnotations)
        {
            size = annotations.GetValueOrDefault(SizeAnnotation);
            policy = annotations.TryGetValue(PolicyAnnotation, out string? name) ? Parse(name) : policy;
        }

        return policy switch
        {
            SlowReaderPolicy.DropOldest => new SlowReader(policy, SizeOf(size, options.BufferSize, options.LargestBufferSize)),
            SlowReaderPolicy.Spill => new SlowReader(policy, SizeOf(size, options.SpillSize, options.LargestSpillSize)),
            _ => new SlowReader(policy, 0),
        };
    }

    private static SlowReaderPolicy Parse(string name) => name switch
    {
        "block" => SlowReaderPolicy.Block,
        "drop-oldest" => SlowReaderPolicy.DropOldest,
        "spill" => SlowReaderPolicy.Spill,
        _ => throw ShimException.InvalidArgument($"annotation {PolicyAnnotation} is \"{name}\"; it may be block, drop-oldest or spill"),
    };

    private static long SizeOf(string? text, long configured, long largest)
    {
        if (text is null)
        {
            return Math.Max(configured, SmallestSize);
        }

        return ByteSize.TryParse(text, out long size) && size >= SmallestSize && size <= largest
            ? size
            : throw ShimException.InvalidArgument(
                $"annotation {SizeAnnotation} is \"{text}\"; it may be a number of bytes from {SmallestSize} to {largest}, such as 256k");
    }
}
