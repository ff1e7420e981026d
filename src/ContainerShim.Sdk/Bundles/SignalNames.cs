using System.Globalization;
using Signum = Mono.Unix.Native.Signum;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Signals as images name them: <c>SIGTERM</c>, <c>TERM</c>, <c>15</c>, <c>SIGRTMIN+3</c>.</summary>
internal static class SignalNames
{
    // What glibc leaves of the real-time signals, in which systemd counts: see signal(7).
    private const int RealTimeMinimum = 34;
    private const int Highest = 64;

    internal static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is > 0 and <= Highest;
        }

        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name : "SIG" + name;
        if (name.StartsWith("SIGRTMIN", StringComparison.Ordinal))
        {
            signal = RealTimeMinimum;
            string rest = name["SIGRTMIN".Length..];
            return rest.Length == 0
                || (rest[0] == '+' && int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int offset)
                    && (signal += offset) <= Highest);
        }

        bool known = Enum.TryParse(name, out Signum value) && Enum.IsDefined(value);
        signal = (int)value;
        return known;
    }
}
