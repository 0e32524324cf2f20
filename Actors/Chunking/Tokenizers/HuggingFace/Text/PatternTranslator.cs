using System.Globalization;
using System.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>Writes a regular expression of the tokenizers library (Oniguruma) as one of the runtime that matches the same; refuses what has no equal.</summary>
internal sealed class PatternTranslator
{
    private readonly string _pattern;
    private readonly StringBuilder _result = new();
    private int _position;

    private PatternTranslator(string pattern) => _pattern = pattern;

    /// <summary>Translates.</summary>
    /// <exception cref="NotSupportedException">Something has no equal; the message names it.</exception>
    public static string Translate(string pattern)
    {
        var translator = new PatternTranslator(pattern);
        translator.Alternatives(ignoresCase: false);
        return translator._position == pattern.Length ? translator._result.ToString() : throw translator.Refuse(")");
    }

    private NotSupportedException Refuse(string what)
        => new($"'{what}' at character {_position.ToString(CultureInfo.InvariantCulture)} of the expression '{_pattern}'");

    private bool IsAt(string text) => string.CompareOrdinal(_pattern, _position, text, 0, text.Length) == 0;

    private void Alternatives(bool ignoresCase)
    {
        while (_position < _pattern.Length && _pattern[_position] != ')')
        {
            if (_pattern[_position] == '|')
            {
                _result.Append('|');
                _position++;
                continue;
            }

            var start = _result.Length;
            Atom(ignoresCase);
            Quantifier(start);
        }
    }

    private void Atom(bool ignoresCase)
    {
        switch (_pattern[_position])
        {
            case '(':
                Group(ignoresCase);
                break;
            case '[':
                _position++;
                new PatternClass(_pattern, ref _position, ignoresCase, Refuse).WriteTo(_result);
                break;
            case '.':
                _position++;
                _result.Append("[^\\n]");
                break;
            case '\\':
                var item = PatternEscape.Read(_pattern, ref _position, Refuse);
                _result.Append(item.Character is { } escaped ? PatternClass.Literal(escaped, ignoresCase, Refuse) : $"[{item.Class}]");
                break;
            case '^' or '$' or '*' or '+' or '?' or '{':
                throw Refuse(_pattern[_position].ToString());
            default:
                _result.Append(PatternClass.Literal(_pattern[_position++], ignoresCase, Refuse));
                break;
        }
    }

    private void Group(bool ignoresCase)
    {
        string[] openings = ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"];
        var opening = Array.Find(openings, IsAt);
        if (IsAt("(?i:"))
        {
            ignoresCase = true;
            opening = "(?:";
            _position += 4;
        }
        else if (opening is not null)
        {
            _position += opening.Length;
        }
        else if (IsAt("(?"))
        {
            throw Refuse(_pattern[_position..Math.Min(_pattern.Length, _position + 4)]);
        }
        else
        {
            opening = "(?:";
            _position++;
        }

        _result.Append(opening);
        Alternatives(ignoresCase);
        if (_position == _pattern.Length)
        {
            throw Refuse("a group that is not closed");
        }

        _position++;
        _result.Append(')');
    }

    private void Quantifier(int start)
    {
        if (_position == _pattern.Length)
        {
            return;
        }

        var isInterval = _pattern[_position] == '{';
        switch (_pattern[_position])
        {
            case '*' or '+' or '?':
                _result.Append(_pattern[_position++]);
                break;
            case '{':
                var close = _pattern.IndexOf('}', _position);
                var bounds = close < 0 ? "" : _pattern[(_position + 1)..close];
                if (bounds.Length == 0 || bounds == "," || !bounds.All(static character => char.IsAsciiDigit(character) || character == ',') || bounds.Count(static character => character == ',') > 1)
                {
                    throw Refuse("{");
                }

                _result.Append('{').Append(bounds[0] == ',' ? "0" : "").Append(bounds).Append('}');
                _position = close + 1;
                break;
            default:
                return;
        }

        if (_position == _pattern.Length)
        {
            return;
        }

        switch (_pattern[_position])
        {
            case '?' when !isInterval:
                _result.Append('?');
                _position++;
                break;
            case '+' when !isInterval:
                _result.Insert(start, "(?>").Append(')');
                _position++;
                break;
            case '*' or '+' or '?' or '{':
                throw Refuse(_pattern[_position].ToString());
            default:
                break;
        }
    }
}
