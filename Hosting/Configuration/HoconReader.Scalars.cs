using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Configuration;

/// <summary>Scalars, quoted text, substitutions, comments and blanks.</summary>
internal sealed partial class HoconReader
{
    /// <summary>Reads what stands up to the end of the line, a comma or a closing bracket: unquoted text, quoted text and substitutions, joined.</summary>
    private HoconValue ReadScalar(string name, int line)
    {
        var value = new StringBuilder();
        var quoted = false;
        var spaces = 0;
        var found = false;
        while (!AtEnd && Current is not ('\n' or ',' or '}' or ']') && !AtComment(value.Length > 0 && spaces == 0))
        {
            if (Current is ' ' or '\t' or '\r')
            {
                spaces++;
                _position++;
                continue;
            }

            if (found)
            {
                value.Append(' ', spaces);
            }

            spaces = 0;
            found = true;
            if (Current == '"')
            {
                value.Append(ReadQuoted());
                quoted = true;
            }
            else if (Current == '$' && _position + 1 < _text.Length && _text[_position + 1] == '{')
            {
                value.Append(ReadSubstitution());
            }
            else if (Current is '{' or '[' && _foreign)
            {
                SkipNested();
            }
            else if (Current is '{' or '[')
            {
                throw Error(_line, $"'{Current}' is not expected here; put the value of {name} in quotes");
            }
            else
            {
                value.Append(Current);
                _position++;
            }
        }

        if (!found)
        {
            throw Error(line, $"'{name}' has no value; write {name} = value, or \"\" for an empty one");
        }

        var text = value.ToString();
        return new(!quoted && text == "null" ? null : text);
    }

    private string ReadSubstitution()
    {
        var end = _text.IndexOf('}', _position);
        var name = end < 0 ? "" : _text[(_position + 2)..end];
        if (end < 0 || name.Contains('\n', StringComparison.Ordinal))
        {
            throw Error(_line, "this ${ is never closed");
        }

        _position = end + 1;
        if (_foreign)
        {
            return "";
        }

        var optional = name.StartsWith('?');
        name = (optional ? name[1..] : name).Trim();
        var found = _settings.FindLast(setting => setting.Path == name)?.Value.Text ?? _environment(name);
        return found ?? (optional ? "" : throw Error(_line, $"${{{name}}}: no setting above and no environment variable has this name; write ${{?{name}}} if it may be missing"));
    }

    private string ReadQuoted()
    {
        var opened = _line;
        if (_text.AsSpan(_position).StartsWith("\"\"\""))
        {
            var end = _text.IndexOf("\"\"\"", _position + 3, StringComparison.Ordinal);
            if (end < 0)
            {
                throw Error(opened, "this \"\"\" is never closed");
            }

            var raw = _text[(_position + 3)..end];
            _line += raw.AsSpan().Count('\n');
            _position = end + 3;
            return raw;
        }

        var value = new StringBuilder();
        for (_position++; !AtEnd && Current is not ('"' or '\n'); _position++)
        {
            value.Append(Current == '\\' && _position + 1 < _text.Length ? ReadEscape() : Current);
        }

        if (AtEnd || Current != '"')
        {
            throw Error(opened, "this \" is never closed");
        }

        _position++;
        return value.ToString();
    }

    private char ReadEscape()
    {
        _position++;
        switch (Current)
        {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case '"' or '\\' or '/':
                return Current;
            case 'u' when _position + 4 < _text.Length && ushort.TryParse(_text.AsSpan(_position + 1, 4), System.Globalization.NumberStyles.HexNumber, null, out var code):
                _position += 4;
                return (char)code;
            default:
                throw Error(_line, $"\\{Current} is not an escape; write \\\\ for a backslash");
        }
    }

    /// <summary>Whether a comment begins here. Inside unquoted text <c>//</c> does not begin one, so that <c>https://host</c> needs no quotes.</summary>
    private bool AtComment(bool insideText = false) =>
        Current == '#' || (!insideText && Current == '/' && _position + 1 < _text.Length && _text[_position + 1] == '/');

    private void SkipSpaces()
    {
        while (!AtEnd && Current is ' ' or '\t' or '\r')
        {
            _position++;
        }
    }

    private void SkipBlank(bool commas)
    {
        while (!AtEnd)
        {
            if (Current == '\n')
            {
                _line++;
                _position++;
            }
            else if (AtComment())
            {
                var end = _text.IndexOf('\n', _position);
                _position = end < 0 ? _text.Length : end;
            }
            else if (char.IsWhiteSpace(Current) || (commas && Current == ','))
            {
                _position++;
            }
            else
            {
                return;
            }
        }
    }

    private ConfigurationException Error(int line, string message) => new($"{_file}:{line}: {message}");
}
