using System.Globalization;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>What a process in memory does once it runs: it prints, waits and ends. Signals end it earlier, as they would end any program.</summary>
/// <remarks>
/// The init process of a container with a pid namespace of its own, as <see cref="Bundles.BundleBuilder"/> gives it, is ended by those alone
/// that are in <see cref="HandledSignals"/>, and by SIGKILL: the kernel delivers no others to it (pid_namespaces(7)).
/// </remarks>
public sealed record ProcessScript
{
    private const int NotFoundStatus = 127;
    private const int SigTerm = 15;

    /// <summary>Runs until it is killed, or ended by the test.</summary>
    public static ProcessScript Runs { get; } = new();

    /// <summary>Copies its input to its output, and ends with 0 at the end of its input.</summary>
    public static ProcessScript Echoes { get; } = new() { ExitCode = 0, EchoesInput = true };

    /// <summary>What it writes to its output first. Default: nothing.</summary>
    public string Output { get; init; } = "";

    /// <summary>What it writes to its error output after that. Default: nothing.</summary>
    public string ErrorOutput { get; init; } = "";

    /// <summary>
    /// How long it runs before it ends by itself, from its start, by the clock of its <see cref="InMemoryHost"/>; longer where its output
    /// or its echo takes longer. Default: zero.
    /// </summary>
    public TimeSpan RunsFor { get; init; }

    /// <summary>Its status, 128+n as if signal n had ended it. Default: null, it does not end by itself.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Whether the OOM killer is what ends it. Default: false.</summary>
    public bool RunsOutOfMemory { get; init; }

    /// <summary>Whether it copies its input to its output before it ends. Default: false.</summary>
    public bool EchoesInput { get; init; }

    /// <summary>Signals that do nothing to it; SIGKILL cannot be among them. Default: none.</summary>
    public IReadOnlyList<int> IgnoredSignals { get; init; } = [];

    /// <summary>Signals that it handles by ending with a status of its own, for example <c>{ [15] = 0 }</c>. Default: none.</summary>
    public IReadOnlyDictionary<int, int> HandledSignals { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// Whether not even SIGKILL ends it, as in uninterruptible sleep, before <see cref="InMemoryProcess.Unstick"/>. Default: false.
    /// </summary>
    public bool IsStuck { get; init; }

    /// <summary>Ends with a status, at once or after a time.</summary>
    public static ProcessScript Exits(int exitCode, TimeSpan after = default) => new() { ExitCode = exitCode, RunsFor = after };

    /// <summary>Prints a text and ends with a status.</summary>
    public static ProcessScript Prints(string output, int exitCode = 0) => new() { Output = output, ExitCode = exitCode };

    /// <summary>Is ended by the OOM killer, at once or after a time.</summary>
    public static ProcessScript OutOfMemory(TimeSpan after = default) => new() { RunsOutOfMemory = true, ExitCode = 137, RunsFor = after };

    /// <summary>
    /// The default script: understands <c>true</c>, <c>false</c>, <c>sleep TIME</c> as coreutils do (<c>0.5</c>, <c>2m</c>, <c>infinity</c>), <c>echo TEXT…</c>, <c>cat</c>, and
    /// <c>sh -c</c> with these, <c>exit N</c>, <c>kill -N $$</c> and <c>trap 'exit N' TERM</c>, separated by semicolons. Everything else
    /// runs until it is killed.
    /// </summary>
    public static ProcessScript Interpret(ProcessStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return start.Arguments switch
        {
            [] => Exits(NotFoundStatus),
            [var shell, "-c", var text, ..] when Path.GetFileName(shell) == "sh" => InterpretAll(text),
            _ => Add(new ProcessScript(), [.. start.Arguments], isLast: true),
        };
    }

    private static ProcessScript InterpretAll(string text)
    {
        ProcessScript script = new();
        string[] commands = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < commands.Length; i++)
        {
            string[] words = commands[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            script = Add(script, words, i == commands.Length - 1);
            if (script.ExitCode is not null || words is [.., "sleep", "infinity"])
            {
                return script;
            }
        }

        return script;
    }

    private static ProcessScript Add(ProcessScript script, string[] words, bool isLast)
    {
        int? end = isLast ? 0 : null;
        return words switch
        {
            ["exec", .. var rest] => Add(script, rest, isLast: true),
            ["exit", var code] when IsNumber(code, out int status) => script with { ExitCode = status },
            ["kill", var name, "$$"] when LinuxSignal.TryParse(name.TrimStart('-'), out LinuxSignal signal) => script with { ExitCode = 128 + signal.Number },
            ["trap", "'exit", var code, "TERM"] when IsNumber(code.TrimEnd('\''), out int status) =>
                script with { HandledSignals = new Dictionary<int, int> { [SigTerm] = status } },
            ["true"] => script with { ExitCode = end },
            ["false"] => script with { ExitCode = isLast ? 1 : null },
            ["cat"] => script with { EchoesInput = true, ExitCode = end },
            ["echo", .. var rest] => script with { Output = script.Output + string.Join(' ', rest) + "\n", ExitCode = end },
            ["sleep", var text] when IsTime(text, out TimeSpan time) => script with { RunsFor = script.RunsFor + time, ExitCode = end },
            _ => script,
        };
    }

    private static bool IsNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Seconds, or what the letter behind them says; false for <c>infinity</c> and what is no time.</summary>
    private static bool IsTime(string text, out TimeSpan time)
    {
        int unit = text.Length == 0 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            _ => 0,
        };
        string digits = unit == 0 ? text : text[..^1];
        bool isTime = decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
        // More than timers take is for ever.
        time = TimeSpan.FromSeconds((double)Math.Min(Math.Min(number, int.MaxValue) * Math.Max(unit, 1), int.MaxValue / 1000));
        return isTime;
    }
}
