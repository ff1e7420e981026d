using System.Text;
using ContainerShim.Sdk.Runtimes;
using GenericOptions = ContainerShim.Sdk.Protocol.RuntimeOptions.Options;

namespace ContainerShim.Sdk.Services;

/// <summary>Reads runtime options that came as TOML: what containerd sends for every runtime name but its own.</summary>
/// <remarks>
/// The options are a flat table of strings, booleans and integers with the keys of runc's options in any case, so this reads just
/// that, and says where it meets anything else. Keys it does not know are passed over: containerd's own table has some more.
/// </remarks>
internal static class TomlOptions
{
    /// <exception cref="ShimException">InvalidArgument: not such a table. NotFound: no such file.</exception>
    public static RuntimeOptions Read(GenericOptions options)
    {
        if (options.ConfigBody.Length > 0)
        {
            return Parse(options.ConfigBody.ToStringUtf8(), "config_body");
        }

        return options.ConfigPath.Length > 0 ? Parse(ReadFile(options.ConfigPath), options.ConfigPath) : new RuntimeOptions();
    }

    internal static RuntimeOptions Parse(string text, string source)
    {
        RuntimeOptions result = new();
        int number = 0;
        bool inRoot = true;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> line = raw.Trim();
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            if (line[0] == '[')
            {
                // Sub-tables are other programs' business.
                inRoot = false;
                continue;
            }

            if (inRoot)
            {
                result = Apply(result, line, $"{source}:{number}");
            }
        }

        return result;
    }

    private static RuntimeOptions Apply(RuntimeOptions options, ReadOnlySpan<char> line, string where)
    {
        int equals = line.IndexOf('=');
        if (equals <= 0)
        {
            throw ShimException.InvalidArgument($"{where}: expected key = value");
        }

        ReadOnlySpan<char> key = line[..equals].Trim().Trim('"');
        ReadOnlySpan<char> value = line[(equals + 1)..].Trim();
        return key.ToString().ToUpperInvariant().Replace("_", "", StringComparison.Ordinal) switch
        {
            "BINARYNAME" => options with { BinaryName = String(value, where) },
            "ROOT" => options with { Root = String(value, where) },
            "SYSTEMDCGROUP" => options with { SystemdCgroup = Boolean(value, where) },
            "NOPIVOTROOT" => options with { NoPivotRoot = Boolean(value, where) },
            "NONEWKEYRING" => options with { NoNewKeyring = Boolean(value, where) },
            "SHIMCGROUP" => options with { ShimCgroup = String(value, where) },
            "IOUID" => options with { IoUid = Integer(value, where) },
            "IOGID" => options with { IoGid = Integer(value, where) },
            "CRIUIMAGEPATH" => options with { CriuImagePath = String(value, where) },
            "CRIUWORKPATH" => options with { CriuWorkPath = String(value, where) },
            _ => options,
        };
    }

    private static bool Boolean(ReadOnlySpan<char> value, string where) => WithoutComment(value) switch
    {
        "true" => true,
        "false" => false,
        _ => throw ShimException.InvalidArgument($"{where}: expected true or false"),
    };

    private static uint Integer(ReadOnlySpan<char> value, string where) =>
        uint.TryParse(WithoutComment(value).ToString().Replace("_", "", StringComparison.Ordinal), out uint number) && number <= int.MaxValue
            ? number
            : throw ShimException.InvalidArgument($"{where}: expected an integer of 0 to {int.MaxValue}");

    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> value)
    {
        int comment = value.IndexOf('#');
        return comment < 0 ? value : value[..comment].TrimEnd();
    }

    private static string String(ReadOnlySpan<char> value, string where)
    {
        if (value.Length < 2 || value[0] is not ('"' or '\''))
        {
            throw ShimException.InvalidArgument($"{where}: expected a string in quotes");
        }

        char quote = value[0];
        StringBuilder text = new();
        int i = 1;
        for (; i < value.Length && value[i] != quote; i++)
        {
            if (quote == '"' && value[i] == '\\')
            {
                i++;
                text.Append(Unescape(i < value.Length ? value[i] : '\0', where));
            }
            else
            {
                text.Append(value[i]);
            }
        }

        return i < value.Length && WithoutComment(value[(i + 1)..]).Trim().IsEmpty
            ? text.ToString()
            : throw ShimException.InvalidArgument($"{where}: the string does not end with its line");
    }

    private static char Unescape(char escaped, string where) => escaped switch
    {
        '"' or '\\' => escaped,
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'b' => '\b',
        'f' => '\f',
        _ => throw ShimException.InvalidArgument($"{where}: the escape \\{escaped} is not supported"),
    };

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ShimException.NotFound($"runtime options {path}", e);
        }
    }
}
