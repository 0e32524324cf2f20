using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Configuration;

/// <summary>
/// Reads a HOCON file strictly, with line numbers: every mistake is an error that says where it is. Akka.NET's own parser has no positions and lets missing
/// braces and values pass, so it only gets the part that is not Sluice's. Read here: objects, dotted and quoted keys, <c>=</c> and <c>:</c>, scalars, lists of
/// scalars, comments, <c>${NAME}</c> and <c>${?NAME}</c> for environment variables and settings further up. Not safe for concurrent use.
/// </summary>
internal sealed partial class HoconReader
{
    private const string Root = "sluice";
    private readonly string _text;
    private readonly string _file;
    private readonly Func<string, string?> _environment;
    private readonly List<HoconSetting> _settings = [];
    private readonly StringBuilder _akka = new();
    private readonly List<(string, int)> _others = [];
    private int _position;
    private int _line = 1;
    private bool _foreign; // Inside what is not Sluice's: read only to find its end.

    private HoconReader(string text, string file, Func<string, string?> environment)
    {
        _text = text;
        _file = file;
        _environment = environment;
    }

    private bool AtEnd => _position >= _text.Length;

    private char Current => _text[_position];

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="environment">Looks up environment variables for substitutions.</param>
    /// <returns>What is in it.</returns>
    /// <exception cref="ConfigurationException">It is not well formed; the message has file and line.</exception>
    public static HoconFile Read(string text, string file, Func<string, string?> environment)
    {
        var reader = new HoconReader(text.TrimStart('\uFEFF'), file, environment);
        reader.ReadEntries([], openedAt: 0);
        return new(reader._settings, reader._akka.ToString(), reader._others);
    }

    /// <summary>Reads the entries of an object up to its closing brace, or the end of the file for the outermost.</summary>
    private void ReadEntries(List<string> above, int openedAt)
    {
        while (true)
        {
            SkipBlank(commas: true);
            if (AtEnd)
            {
                if (openedAt > 0)
                {
                    throw Error(openedAt, "this { is never closed");
                }

                return;
            }

            if (Current == '}')
            {
                if (openedAt == 0)
                {
                    throw Error(_line, "this } closes nothing");
                }

                _position++;
                return;
            }

            var start = _position;
            var line = _line;
            var path = new List<string>(above);
            ReadKey(path);
            _foreign = path[0] != Root;
            ReadEntryValue(path, line);
            if (above.Count == 0 && path[0] != Root)
            {
                _others.Add((path[0], line));
                _akka.Append(_text, start, _position - start).Append('\n');
            }
        }
    }

    private void ReadKey(List<string> path)
    {
        while (true)
        {
            SkipSpaces();
            if (AtEnd)
            {
                throw Error(_line, "a key is expected here");
            }

            if (Current == '"')
            {
                path.Add(ReadQuoted());
            }
            else
            {
                var start = _position;
                while (!AtEnd && (char.IsLetterOrDigit(Current) || Current is '-' or '_' or '/' or '*' or '$' or '\'' or '@'))
                {
                    _position++;
                }

                if (_position == start)
                {
                    throw Error(_line, $"a key is expected here, not '{Current}'");
                }

                path.Add(_text[start.._position]);
            }

            SkipSpaces();
            if (AtEnd || Current != '.')
            {
                return;
            }

            _position++;
        }
    }

    private void ReadEntryValue(List<string> path, int line)
    {
        var name = string.Join('.', path);
        SkipSpaces();
        if (!AtEnd && Current == '{')
        {
            ReadObject(path);
            return;
        }

        if (name == "include")
        {
            throw Error(line, "include is not supported; put the settings here, or name one file with --config");
        }

        if (!AtEnd && Current == '+')
        {
            throw Error(line, $"{name} += is not supported; write the whole list");
        }

        if (AtEnd || Current is not ('=' or ':'))
        {
            throw Error(line, $"'{name}' has no value; write {name} = value");
        }

        _position++;
        SkipBlank(commas: false);
        if (AtEnd)
        {
            throw Error(line, $"'{name}' has no value; write {name} = value");
        }

        if (Current == '{')
        {
            ReadObject(path);
            return;
        }

        var value = Current == '[' ? ReadList() : ReadScalar(name, line);
        if (path[0] == Root)
        {
            _settings.Add(new(name, value, line));
        }
    }

    private void ReadObject(List<string> path)
    {
        var line = _line;
        _position++;
        ReadEntries(path, line);
    }

    private HoconValue ReadList()
    {
        var opened = _line;
        var items = new List<string>();
        _position++;
        while (true)
        {
            SkipBlank(commas: true);
            if (AtEnd)
            {
                throw Error(opened, "this [ is never closed");
            }

            if (Current == ']')
            {
                _position++;
                return new(null, items);
            }

            if (Current is '[' or '{')
            {
                // Only Akka.NET has such lists; its own parser reads them.
                SkipNested();
                continue;
            }

            items.Add(ReadScalar("a list item", _line).Text ?? "");
        }
    }

    private void SkipNested()
    {
        var opened = _line;
        var depth = 0;
        do
        {
            SkipBlank(commas: true);
            if (AtEnd)
            {
                throw Error(opened, $"this {_text[_position - 1]} is never closed");
            }

            switch (Current)
            {
                case '"':
                    ReadQuoted();
                    continue;
                case '[' or '{':
                    depth++;
                    break;
                case ']' or '}':
                    depth--;
                    break;
            }

            _position++;
        }
        while (depth > 0);
    }
}
