using System.Globalization;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>What a process holds, from /proc: where its leaks would show.</summary>
internal sealed record ProcessCensus(
    IReadOnlyDictionary<string, int> Descriptors, int Threads, int PoolThreads, long ResidentKilobytes, int Children, int Zombies)
{
    /// <summary>As the runtime names its workers and the one that adds to them. They come with the load and end 20 s after their last work.</summary>
    private const string PoolThread = ".NET TP ";

    /// <summary>A busy machine makes the pool add workers; a leak would be one for each of hundreds of operations.</summary>
    private const int MostPoolThreads = 16;

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
        string[] threads = [.. Directory.EnumerateDirectories($"/proc/{pid}/task").Select(task => TryRead($"{task}/comm").Trim())];
        int pool = threads.Count(name => name.StartsWith(PoolThread, StringComparison.Ordinal));
        return new ProcessCensus(
            descriptors,
            threads.Length - pool,
            pool,
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
        && Threads <= before.Threads
        && PoolThreads <= MostPoolThreads
        && Descriptors.All(pair => pair.Value <= before.Count(pair.Key));

    public override string ToString() =>
        $"{string.Join(", ", Descriptors.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"))}; "
        + $"{Threads} threads, {PoolThreads} of the pool, {ResidentKilobytes} kB, {Children} children, {Zombies} zombies";

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
