namespace ContainerShim.Sdk.Cgroups;

/// <summary>Walks over lines, and over the fields of each, without a copy.</summary>
internal ref struct FieldReader(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;
    private ReadOnlySpan<char> _line;

    /// <summary>Goes to the next line that is not empty.</summary>
    internal bool NextLine()
    {
        do
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            int end = _rest.IndexOf('\n');
            _line = (end < 0 ? _rest : _rest[..end]).Trim();
            _rest = end < 0 ? default : _rest[(end + 1)..];
        }
        while (_line.IsEmpty);
        return true;
    }

    /// <summary>The next field of the line, empty at its end. Several separators in a row count as one.</summary>
    internal ReadOnlySpan<char> NextField(char separator = ' ')
    {
        _line = _line.TrimStart(separator);
        int end = _line.IndexOf(separator);
        ReadOnlySpan<char> field = end < 0 ? _line : _line[..end];
        _line = _line[field.Length..];
        return field;
    }

    /// <summary>What is left of the line.</summary>
    internal readonly ReadOnlySpan<char> Rest => _line;

    /// <summary>Divides <c>left:right</c> at the first separator; the right part is empty where there is none.</summary>
    internal static ReadOnlySpan<char> Divide(ReadOnlySpan<char> field, char separator, out ReadOnlySpan<char> right)
    {
        int at = field.IndexOf(separator);
        right = at < 0 ? default : field[(at + 1)..];
        return at < 0 ? field : field[..at];
    }
}
