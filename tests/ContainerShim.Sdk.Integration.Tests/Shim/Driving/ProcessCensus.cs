using System.Globalization;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>What a process holds, from /proc: where its leaks would show.</summary>
internal sealed record ProcessCensus(IReadOnlyDictionary<string, int> Descriptors, int Threads, long ResidentKilobytes, int Children, int Zombies)
{
    /// <summary>A worker of the thread pool lives for 20 s after its last work; a leak would be of many threads.</summary>
    private const int PoolWorkers = 2;

    public static ProcessCensus Take(int pid)
    {
        Dictionary<string, int> descriptors = [];
        foreach (string descriptor in Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd"))
        {
            string kind = KindOf(descriptor);
            descriptors[kind] = descriptors.GetValueOrDefault(kind) + 1;
        }

        Dictionary<string, string> status = Status(pid.ToString(CultureInfo.InvariantCulture));
        int[] children = ChildrenOf(pid);
        return new ProcessCensus(
            descriptors,
            int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture),
            children.Length,
            children.Count(IsZombie));
    }

    /// <summary>Processor time that all threads have used, to the nanosecond; /proc/PID/stat counts in steps of 10 ms.</summary>
    public static TimeSpan ProcessorTime(int pid) => TimeSpan.FromTicks(
        Directory.EnumerateDirectories($"/proc/{pid}/task")
            .Sum(task => long.Parse(File.ReadAllText($"{task}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture)) / TimeSpan.NanosecondsPerTick);

    /// <summary>The fields of /proc/PID/status.</summary>
    public static Dictionary<string, string> Status(string process) => File.ReadLines($"/proc/{process}/status")
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .ToDictionary(parts => parts[0], parts => parts[1]);

    public int Count(string kind) => Descriptors.GetValueOrDefault(kind);

    /// <summary>Whether nothing is held that was not held before; memory apart.</summary>
    public bool IsWithin(ProcessCensus before) =>
        Zombies == 0
        && Children <= before.Children
        && Threads <= before.Threads + PoolWorkers
        && Descriptors.All(pair => pair.Value <= before.Count(pair.Key));

    public override string ToString() =>
        $"{string.Join(", ", Descriptors.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"))}; "
        + $"{Threads} threads, {ResidentKilobytes} kB, {Children} children, {Zombies} zombies";

    private static string KindOf(string descriptor)
    {
        string target = new FileInfo(descriptor).LinkTarget ?? "closed";
        int colon = target.IndexOf(":[", StringComparison.Ordinal);
        return colon >= 0 ? target[..colon] : Path.GetFileName(target);
    }

    private static int[] ChildrenOf(int pid) =>
        [.. Directory.EnumerateDirectories($"/proc/{pid}/task")
            .SelectMany(task => TryRead($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];

    private static bool IsZombie(int pid)
    {
        string stat = TryRead($"/proc/{pid}/stat");
        return stat.Length > 0 && stat[stat.LastIndexOf(')') + 2] == 'Z';
    }

    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
