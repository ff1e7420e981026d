using System.Globalization;
using System.Text.Json.Serialization;

namespace EmbeddedHost.Containers;

/// <summary>A process, told apart from a later one with its pid by when it started.</summary>
/// <param name="Pid">Its pid.</param>
/// <param name="StartTime">Ticks since boot; see proc_pid_stat(5).</param>
internal sealed record ProcessIdentity(int Pid, long StartTime)
{
    // Counted behind the name in parentheses, which may hold spaces.
    private const int StateField = 0;
    private const int StartTimeField = 19;

    public static ProcessIdentity Current { get; } = Of(Environment.ProcessId) ?? new ProcessIdentity(Environment.ProcessId, 0);

    /// <summary>False also for a zombie.</summary>
    [JsonIgnore]
    public bool IsAlive => ReadFields(Pid) is { } fields && StartTimeOf(fields) == StartTime && fields[StateField] is not ("Z" or "X");

    /// <summary>Null when there is no such process.</summary>
    public static ProcessIdentity? Of(int pid) => ReadFields(pid) is { } fields ? new ProcessIdentity(pid, StartTimeOf(fields)) : null;

    private static long StartTimeOf(string[] fields) => long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture);

    private static string[]? ReadFields(int pid)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
