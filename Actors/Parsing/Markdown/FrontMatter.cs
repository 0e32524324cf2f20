using System.Text;

namespace Sluice.Actors.Parsing.Markdown;

/// <summary>
/// The block of <c>key: value</c> lines (YAML, between <c>---</c>) or <c>key = value</c> lines (TOML, between <c>+++</c>) that a Markdown file may begin with.
/// One that does not end is text like any other.
/// </summary>
internal sealed class FrontMatter
{
    private const int MostLines = 1000;
    private const int MostLength = 64 * 1024;

    private readonly StringBuilder _raw = new();
    private string? _mark;
    private string? _list;

    /// <summary>Its values; lists joined by commas.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it has begun and not ended.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Its lines, when it turned out to be none: text to read with the rest. Null otherwise.</summary>
    public string? Abandoned { get; private set; }

    /// <summary>Takes the next line of the file; false when it does not belong to the front matter.</summary>
    public bool Take(ReadOnlySpan<char> line, int number)
    {
        if (number == 1 && line.TrimEnd() is "---" or "+++" && !IsOpen)
        {
            _mark = line.TrimEnd().ToString();
            IsOpen = true;
            _raw.Append(line).Append('\n');
            return true;
        }

        Abandoned = null;
        if (!IsOpen)
        {
            return false;
        }

        _raw.Append(line).Append('\n');
        if (line.TrimEnd().SequenceEqual(_mark) || (_mark == "---" && line.TrimEnd() is "..."))
        {
            IsOpen = false;
        }
        else if (number > MostLines || _raw.Length > MostLength)
        {
            Abandoned = Abandon();
        }
        else
        {
            Read(line);
        }

        return true;
    }

    /// <summary>Gives it up: it did not end.</summary>
    /// <returns>Its lines.</returns>
    public string Abandon()
    {
        IsOpen = false;
        Values.Clear();
        return _raw.ToString();
    }

    private void Read(ReadOnlySpan<char> line)
    {
        var item = line.Trim();
        if (_list is not null && item.StartsWith("- "))
        {
            Append(_list, Unquote(item[2..]));
            return;
        }

        var at = line.IndexOf(_mark == "+++" ? '=' : ':');
        if (at <= 0 || char.IsWhiteSpace(line[0]) || line[0] is '#' or '-' or '[')
        {
            return;
        }

        var key = line[..at].Trim().ToString();
        var value = line[(at + 1)..].Trim();
        _list = value.IsEmpty ? key : null;
        if (value.Length > 1 && value[0] == '[' && value[^1] == ']')
        {
            foreach (var range in value[1..^1].Split(','))
            {
                Append(key, Unquote(value[1..^1][range]));
            }
        }
        else if (value.Length > 0 && value is not ("|" or ">" or "|-" or ">-" or "null" or "~"))
        {
            Append(key, Unquote(value));
        }
    }

    private void Append(string key, string value)
    {
        if (value.Length > 0 && Values.Count < 64)
        {
            Values[key] = Values.TryGetValue(key, out var before) ? $"{before}, {value}" : value;
        }
    }

    private static string Unquote(ReadOnlySpan<char> value)
    {
        value = value.Trim();
        return (value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value).ToString();
    }
}
