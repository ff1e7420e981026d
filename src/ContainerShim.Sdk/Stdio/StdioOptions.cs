namespace ContainerShim.Sdk.Stdio;

/// <summary>Where the streams of processes may go, and what happens when nobody reads them. Read when a process is made.</summary>
/// <remarks>
/// A container may choose its own policy by annotations in its <c>config.json</c>, within the bounds that these options set:
/// <c>dev.containershim.stdio.policy</c> is <c>block</c>, <c>drop-oldest</c> or <c>spill</c>, and <c>dev.containershim.stdio.buffer-size</c>
/// says how much may wait, as <c>256k</c> or <c>64m</c>. They hold for its execs too. A value that cannot be followed fails the creation.
/// Under Kubernetes no annotation of a pod reaches the shim unless the runtime's <c>pod_annotations</c> in containerd's configuration let it.
/// </remarks>
public sealed class StdioOptions
{
    private const int Mebibyte = 1024 * 1024;

    private static IEnumerable<string> AllSchemes => ["fifo", "file", "binary", "binary-v2"];

    /// <summary>What becomes of output that the reader of a FIFO does not take. Default: the process waits.</summary>
    public SlowReaderPolicy SlowReader { get; set; } = SlowReaderPolicy.Block;

    /// <summary>How many bytes of a stream wait in memory under <see cref="SlowReaderPolicy.DropOldest"/>. Default: 1 MiB. Memory is used while output waits.</summary>
    public int BufferSize { get; set; } = Mebibyte;

    /// <summary>How many bytes of a stream wait in its file under <see cref="SlowReaderPolicy.Spill"/>. Default: 64 MiB.</summary>
    public long SpillSize { get; set; } = 64L * Mebibyte;

    /// <summary>
    /// The directory of the files of <see cref="SlowReaderPolicy.Spill"/>. They have no names there, and are gone with the process that
    /// serves. Default: <c>/var/tmp</c>, which is on a disk, unlike the bundles of containerd below <c>/run</c>.
    /// </summary>
    public string SpillDirectory { get; set; } = "/var/tmp";

    /// <summary>Whether annotations of a container are followed. Default: true.</summary>
    public bool FollowAnnotations { get; set; } = true;

    /// <summary>The most that an annotation may ask for in memory. Default: 16 MiB a stream.</summary>
    public int LargestBufferSize { get; set; } = 16 * Mebibyte;

    /// <summary>The most that an annotation may ask for on disk. Default: 1 GiB a stream.</summary>
    public long LargestSpillSize { get; set; } = 1024L * Mebibyte;

    /// <summary>
    /// Schemes that requests may name. Default for a shim binary: <c>fifo</c> (and plain paths), <c>file</c>, <c>binary</c> and
    /// <c>binary-v2</c>, all there are. Requests carry what others wrote, image labels among them (GHSA-xhf5-7wjv-pqxp): <c>binary</c> runs
    /// a program on the host, and <c>file</c> writes where it says, so an engine inside a host process begins with <c>fifo</c> alone.
    /// </summary>
    public ISet<string> Schemes { get; } = new HashSet<string>(AllSchemes, StringComparer.Ordinal);

    /// <summary>
    /// Directories that programs of <c>binary://</c> must lie in, at any depth. Default: none, which allows all. Anywhere, the program
    /// and the directories above it must belong to root, or to the user of this process, and only they may write to them; in a user namespace what belongs to
    /// users of the host without a number there counts as root's.
    /// </summary>
    public IList<string> LoggerDirectories { get; } = [];

    internal IEnumerable<string> Mistakes() =>
    [
        .. OptionRules.Failures(
            (Enum.IsDefined(SlowReader), $"Stdio:SlowReader {(int)SlowReader} is none."),
            (BufferSize > 0, "Stdio:BufferSize must be at least 1."),
            (SpillSize > 0, "Stdio:SpillSize must be at least 1."),
            (LargestBufferSize > 0, "Stdio:LargestBufferSize must be at least 1."),
            (LargestSpillSize > 0, "Stdio:LargestSpillSize must be at least 1."),
            (Path.IsPathRooted(SpillDirectory), $"Stdio:SpillDirectory '{SpillDirectory}' is not an absolute path.")),
        .. Schemes.Except(AllSchemes).Select(static scheme => $"Stdio:Schemes has '{scheme}', which is none: there are {string.Join(", ", AllSchemes)}."),
        .. LoggerDirectories.Where(static path => !Path.IsPathRooted(path)).Select(static path => $"Stdio:LoggerDirectories has '{path}', which is not an absolute path."),
    ];

    /// <summary>The defaults of an engine inside a host process.</summary>
    internal static StdioOptions ForHost()
    {
        StdioOptions options = new();
        options.Schemes.IntersectWith(["fifo"]);
        return options;
    }
}
