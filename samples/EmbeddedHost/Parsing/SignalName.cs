using System.Globalization;
using Signum = Mono.Unix.Native.Signum;

namespace EmbeddedHost.Parsing;

/// <summary>Signals: <c>TERM</c>, <c>SIGTERM</c> or <c>15</c>.</summary>
internal static class SignalName
{
    private const int Highest = 64;

    /// <exception cref="ToolException">It is none.</exception>
    public static int Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= Highest)
        {
            return number;
        }

        string name = text.ToUpperInvariant();
        return Enum.TryParse(name.StartsWith("SIG", StringComparison.Ordinal) ? name : "SIG" + name, out Signum signal) && Enum.IsDefined(signal)
            ? (int)signal
            : throw new ToolException($"'{text}' is no signal; write a name like TERM, or a number");
    }
}
