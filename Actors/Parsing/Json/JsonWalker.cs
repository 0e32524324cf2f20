using System.Text.Json;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Json;

/// <summary>
/// Decides, token by token, where records begin and end, and makes their sections. A record that outgrows memory is given out in parts. Not safe for concurrent use.
/// </summary>
internal sealed class JsonWalker(SectionBuilder builder, int maxNesting)
{
    private const int MaxHeld = 128 * 1024;

    private readonly JsonPairs _record = new();
    private readonly JsonPairs _group = new();
    private Level _top;
    private Level _member;
    private string _memberName = string.Empty;
    private bool _inRecord;
    private bool _partial;
    private long _row;
    private int _line;

    private enum Level
    {
        None,
        Object,
        Array,
    }

    /// <summary>Sections made and not yet taken.</summary>
    public List<Section> Sections { get; } = [];

    /// <summary>The next token.</summary>
    /// <param name="reader">Stands at the token.</param>
    /// <param name="line">Its line.</param>
    /// <exception cref="DocumentRejectedException">Nested too deep.</exception>
    public void Add(ref Utf8JsonReader reader, int line)
    {
        if (reader.CurrentDepth >= maxNesting)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Bomb, $"nested more than {maxNesting} deep at line {line}; raise sluice.parsing.max-nesting, then `sluice dead replay` to read it"));
        }

        if (_inRecord)
        {
            AddToRecord(ref reader);
            return;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _memberName = JsonText.Of(ref reader);
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                Open(ref reader, line);
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                Close();
                break;
            default:
                AddToGroup(ref reader, line);
                break;
        }
    }

    /// <summary>A piece of a string too long to be a token.</summary>
    public void AddPiece(string text, bool first, int line)
    {
        if (first)
        {
            FlushGroup();
            FlushPart();
            _line = _inRecord ? _line : line;
        }

        Sections.AddRange(builder.Add(SectionKind.Paragraph, text, At(line), continues: !first));
    }

    /// <summary>All tokens have been read.</summary>
    public void Complete() => FlushGroup();

    private Place At(int line) => new(0, 0) { Line = line, Row = _row > 0 ? _row : null };

    private void Open(ref Utf8JsonReader reader, int line)
    {
        var level = reader.TokenType == JsonTokenType.StartArray ? Level.Array : Level.Object;
        if (_top == Level.None)
        {
            _top = level;
            return;
        }

        if (_top == Level.Object && _member == Level.None)
        {
            FlushGroup();
            Sections.AddRange(builder.Heading(1, _memberName, At(line)));
            if (level == Level.Array)
            {
                _member = level;
                return;
            }
        }
        else
        {
            FlushGroup();
        }

        _inRecord = true;
        _row++;
        _line = line;
        AddToRecord(ref reader);
    }

    private void Close()
    {
        FlushGroup();
        if (_member != Level.None)
        {
            _member = Level.None;
            builder.ResetHeadings();
        }
        else
        {
            _top = Level.None;
        }
    }

    private void AddToRecord(ref Utf8JsonReader reader)
    {
        var ends = _record.Add(ref reader);
        if (!ends)
        {
            if (_record.Length > MaxHeld)
            {
                FlushPart();
            }

            return;
        }

        var level = _top == Level.Object ? 2 : 1;
        Sections.AddRange(_partial
            ? JsonRecordSections.Lines(builder, _record.Pairs, At(_line))
            : JsonRecordSections.Of(builder, _record, At(_line), level));
        _record.Clear();
        _inRecord = false;
        _partial = false;
        if (_top == Level.Object && _member == Level.None)
        {
            builder.ResetHeadings();
        }
    }

    private void FlushPart()
    {
        if (_inRecord)
        {
            Sections.AddRange(JsonRecordSections.Lines(builder, _record.Pairs, At(_line)));
            _record.Clear();
            _partial = true;
        }
    }

    private void AddToGroup(ref Utf8JsonReader reader, int line)
    {
        if (_group.Pairs.Count == 0)
        {
            _line = line;
        }

        if (_top == Level.Object && _member == Level.None)
        {
            _group.Name(_memberName);
        }

        _group.Add(ref reader);
        if (_group.Length > MaxHeld / 32)
        {
            FlushGroup();
        }
    }

    private void FlushGroup()
    {
        if (_group.Pairs.Count > 0)
        {
            _row++;
            Sections.AddRange(JsonRecordSections.Lines(builder, _group.Pairs, At(_line)));
            _group.Clear();
        }
    }
}
