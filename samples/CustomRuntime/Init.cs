namespace CustomRuntime;

/// <summary>The unshare(1) process that forked an init process, known again by its bundle; and what starts a container that was only created.</summary>
internal sealed record Init(int Pid, string Bundle, string Root, Stream? Go)
{
    private Stream? _go = Go;

    /// <summary>A zombie has no command line, and another process with its pid has another one.</summary>
    public string Status => !Read($"/proc/{Pid}/cmdline").Contains(Bundle, StringComparison.Ordinal) ? "stopped" : _go is null ? "running" : "created";

    /// <summary>The init process itself; in the moment before it is forked, its parent.</summary>
    public int Real => int.TryParse(Read($"/proc/{Pid}/task/{Pid}/children"), out int child) ? child : Pid;

    public static string FileIn(string bundle) => Path.Join(bundle, "unshare.pid");

    /// <summary>Every process in its pid namespace, and the parents of those that were put there.</summary>
    public IReadOnlyList<int> Pids() => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
        .Where(name => char.IsAsciiDigit(name[0]) && Namespace(name) is { } found && found == Namespace($"{Pid}")).Select(int.Parse)];

    public Stream TakeGo() => Interlocked.Exchange(ref _go, null) ?? throw new InvalidOperationException("it was started");

    private static string? Namespace(string pid) => new FileInfo($"/proc/{pid}/ns/pid_for_children").LinkTarget;

    private static string Read(string path)
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
