using Sluice.Actors.Parsing.Text;

namespace Sluice.Actors.Parsing.Tables;

/// <summary>
/// Reads records from lines. A record that does not end within a million characters, or at all, has a broken quote: its first line is given as text and reading goes
/// on with the second, so that one bad quote costs one line. After a hundred of those, quoted line breaks are no longer believed in. Not safe for concurrent use.
/// </summary>
internal sealed class DelimitedRecords(TextLines lines, char delimiter)
{
    private const int MaxRecord = 1024 * 1024;
    private const int MaxRepairs = 100;

    private readonly Queue<HeldLine> _again = new();
    private readonly List<HeldLine> _held = [];
    private int _repairs;

    /// <summary>The record's fields, unless <see cref="Text"/> is set.</summary>
    public FieldSplitter Fields { get; } = new(delimiter);

    /// <summary>A line, or a piece of one, that is no record; null for a record.</summary>
    public string? Text { get; private set; }

    /// <summary>Whether <see cref="Text"/> goes on with the piece before.</summary>
    public bool Continues { get; private set; }

    /// <summary>The line where it begins.</summary>
    public int Line { get; private set; }

    /// <summary>Goes to the next record; false at the end.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (!await NextLineAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }
        while (_whole && _current.Span.IsWhiteSpace());

        Line = _number;
        Fields.Clear();
        Text = null;
        Continues = !_begins;
        if (!_whole)
        {
            Text = _current.ToString();
            return true;
        }

        if (Fields.Add(_current.Span))
        {
            return true;
        }

        await CompleteAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private ReadOnlyMemory<char> _current;
    private int _number;
    private bool _whole;
    private bool _begins;

    /// <summary>Adds lines until the quoted field ends, or gives the record up.</summary>
    private async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _held.Clear();
        Hold();
        while (_repairs < MaxRepairs && Fields.Length < MaxRecord && await NextLineAsync(cancellationToken).ConfigureAwait(false))
        {
            Hold();
            if (!_whole)
            {
                break;
            }

            if (Fields.Add(_current.Span))
            {
                return;
            }
        }

        _repairs++;
        Text = _held[0].Text;
        var later = _again.ToArray();
        _again.Clear();
        foreach (var line in _held.Skip(1).Concat(later))
        {
            _again.Enqueue(line);
        }
    }

    private void Hold() => _held.Add(new(_current.ToString(), _number, _whole, _begins));

    private async ValueTask<bool> NextLineAsync(CancellationToken cancellationToken)
    {
        if (_again.TryDequeue(out var held))
        {
            (_current, _number, _whole, _begins) = (held.Text.AsMemory(), held.Number, held.Whole, held.Begins);
            return true;
        }

        if (!await lines.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        (_current, _number, _whole, _begins) = (lines.Line, lines.Number, lines.Begins && lines.Ends, lines.Begins);
        return true;
    }

    private readonly record struct HeldLine(string Text, int Number, bool Whole, bool Begins);
}
