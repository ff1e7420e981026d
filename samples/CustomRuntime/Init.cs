using System.IO.Pipes;

namespace CustomRuntime;

/// <summary>The unshare(1) process that forked an init process, known again by when it started; and what starts a container that was only created.</summary>
internal sealed record Init(int Pid, string StartTime, string Root = "", PipeStream? Go = null)
{
    public string Status => Stat(Pid) is not [not ("Z" or "X"), ..] fields || fields[19] != StartTime ? "stopped"
        : Go is { IsConnected: true } ? "created" : "running";

    /// <summary>The init process itself.</summary>
    public int Child => int.TryParse(File.ReadAllText($"/proc/{Pid}/task/{Pid}/children"), out int child) ? child : Pid;

    public static string FileIn(string bundle) => Path.Join(bundle, "unshare.pid");

    /// <summary>The fields of proc_pid_stat(5) behind the name, which may hold anything.</summary>
    public static string[] Stat(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return ["X"];
        }
    }

    /// <summary>Every process in its pid namespace, and the parents of those that were put there.</summary>
    public IReadOnlyList<int> Pids() => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
        .Where(name => char.IsAsciiDigit(name[0]) && Namespace(name) is { } found && found == Namespace($"{Pid}")).Select(int.Parse)];

    private static string? Namespace(string pid) => new FileInfo($"/proc/{pid}/ns/pid_for_children").LinkTarget;
}
