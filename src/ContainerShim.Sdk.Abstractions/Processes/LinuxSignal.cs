using System.Globalization;

namespace ContainerShim.Sdk.Processes;

/// <summary>A signal of Linux, by its number; see signal(7). A number stands for it anywhere: <c>KillAsync(15)</c> is <c>KillAsync(LinuxSignal.Term)</c>.</summary>
/// <param name="Number">1 to 64. Others are the runtime's, or the kernel's, to refuse.</param>
public readonly record struct LinuxSignal(int Number)
{
    private const int Highest = 64;

    /// <summary>What glibc leaves of the real-time signals, in which systemd counts.</summary>
    private const int RealTimeMinimum = 34;

    private const string RealTime = "SIGRTMIN";

    /// <summary>Those that have names, from 1 on, as x86 and ARM number them.</summary>
    private static readonly string[] _names =
    [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
        "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
        "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>SIGHUP, 1.</summary>
    public static LinuxSignal Hup { get; } = new(1);

    /// <summary>SIGINT, 2.</summary>
    public static LinuxSignal Int { get; } = new(2);

    /// <summary>SIGQUIT, 3.</summary>
    public static LinuxSignal Quit { get; } = new(3);

    /// <summary>SIGABRT, 6.</summary>
    public static LinuxSignal Abrt { get; } = new(6);

    /// <summary>SIGKILL, 9.</summary>
    public static LinuxSignal Kill { get; } = new(9);

    /// <summary>SIGUSR1, 10.</summary>
    public static LinuxSignal Usr1 { get; } = new(10);

    /// <summary>SIGUSR2, 12.</summary>
    public static LinuxSignal Usr2 { get; } = new(12);

    /// <summary>SIGTERM, 15.</summary>
    public static LinuxSignal Term { get; } = new(15);

    /// <summary>SIGCONT, 18.</summary>
    public static LinuxSignal Cont { get; } = new(18);

    /// <summary>SIGSTOP, 19.</summary>
    public static LinuxSignal Stop { get; } = new(19);

    /// <summary>SIGWINCH, 28.</summary>
    public static LinuxSignal Winch { get; } = new(28);

    /// <summary>A signal by its number.</summary>
    public static implicit operator LinuxSignal(int number) => new(number);

    /// <summary>Reads what images and people write: <c>SIGTERM</c>, <c>term</c>, <c>15</c>, <c>SIGRTMIN+3</c>.</summary>
    /// <exception cref="FormatException">No such signal.</exception>
    public static LinuxSignal Parse(string text) =>
        TryParse(text, out LinuxSignal signal) ? signal : throw new FormatException($"'{text}' is no signal of Linux; write a name like SIGTERM or TERM, or a number.");

    /// <summary>Reads what <see cref="Parse"/> does.</summary>
    /// <returns>Whether there is such a signal.</returns>
    public static bool TryParse(string? text, out LinuxSignal signal)
    {
        signal = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name : "SIG" + name;
        int number = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given
            : name.StartsWith(RealTime, StringComparison.Ordinal) ? RealTimeNumber(name.AsSpan(RealTime.Length))
            : Array.IndexOf(_names, name) + 1;
        signal = number;
        return number is > 0 and <= Highest;
    }

    /// <summary>Its name, for example <c>SIGTERM</c>; the number where it has none.</summary>
    public override string ToString() => Number switch
    {
        > 0 when Number <= _names.Length => _names[Number - 1],
        RealTimeMinimum => RealTime,
        > RealTimeMinimum and <= Highest => string.Create(CultureInfo.InvariantCulture, $"{RealTime}+{Number - RealTimeMinimum}"),
        _ => Number.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>0 for what is none.</summary>
    private static int RealTimeNumber(ReadOnlySpan<char> offset) =>
        offset.IsEmpty ? RealTimeMinimum
        : offset[0] == '+' && byte.TryParse(offset[1..], NumberStyles.None, CultureInfo.InvariantCulture, out byte added) ? RealTimeMinimum + added
        : 0;
}
