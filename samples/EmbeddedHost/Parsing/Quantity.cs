using System.Globalization;

namespace EmbeddedHost.Parsing;

/// <summary>Sizes like <c>64m</c> and times like <c>90s</c>.</summary>
internal static class Quantity
{
    /// <exception cref="ToolException">It is no size.</exception>
    public static long Bytes(string text)
    {
        string number = text.TrimEnd('b', 'B', 'i');
        long unit = number.Length == 0 ? 0 : char.ToLowerInvariant(number[^1]) switch
        {
            'k' => 1L << 10,
            'm' => 1L << 20,
            'g' => 1L << 30,
            't' => 1L << 40,
            >= '0' and <= '9' => 1,
            _ => 0,
        };
        if (unit > 1)
        {
            number = number[..^1];
        }

        return unit > 0 && decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
            && count * unit is > 0 and < long.MaxValue and decimal bytes
            ? (long)bytes
            : throw new ToolException($"'{text}' is no size; write bytes, or a number with k, m, g or t, as in 64m");
    }

    /// <summary>As people read it: 1.5 MiB.</summary>
    public static string Text(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        double value = bytes;
        for (; value >= 1000 && unit < units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit == 0 || value >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture)} {units[unit]}");
    }

    /// <summary>How long ago, or for how long.</summary>
    public static string Text(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "less than a second",
        { TotalMinutes: < 2 } => Count((int)time.TotalSeconds, "second"),
        { TotalHours: < 2 } => Count((int)time.TotalMinutes, "minute"),
        { TotalDays: < 2 } => Count((int)time.TotalHours, "hour"),
        _ => Count((int)time.TotalDays, "day"),
    };

    private static string Count(int count, string unit) => $"{count} {unit}{(count == 1 ? "" : "s")}";
}
