namespace EmbeddedHost;

/// <summary>What the command line asks for.</summary>
internal sealed record RunCommand(string Rootfs, long? MemoryLimit, string Id, IReadOnlyList<string> Arguments)
{
    public static RunCommand? Parse(string[] args)
    {
        string? rootfs = null;
        long? memory = null;
        int i = 1;
        for (; i + 1 < args.Length && args[i].StartsWith("--", StringComparison.Ordinal); i += 2)
        {
            switch (args[i])
            {
                case "--rootfs":
                    rootfs = Path.GetFullPath(args[i + 1]);
                    break;
                case "--memory" when long.TryParse(args[i + 1], out long bytes):
                    memory = bytes;
                    break;
                default:
                    return null;
            }
        }

        return args is ["run", ..] && rootfs is not null && args.Length >= i + 2
            ? new RunCommand(rootfs, memory, args[i], args[(i + 1)..])
            : null;
    }
}
