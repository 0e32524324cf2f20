using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing;

/// <summary>
/// Makes the sections of one document: keeps the heading path, counts characters of the extracted text, and cuts what is longer than a section may be.
/// Not safe for concurrent use.
/// </summary>
internal sealed class SectionBuilder
{
    private readonly List<(int Level, string Text)> _headings = [];
    private long _position;

    /// <summary>The headings above what comes next, outermost first. A new list whenever it changes.</summary>
    public IReadOnlyList<string> HeadingPath { get; private set; } = [];

    /// <summary>The document's title and metadata; takes no room in the extracted text.</summary>
    public static Section Title(string title, IReadOnlyDictionary<string, string>? metadata = null) =>
        new(SectionKind.Title, title.Length <= Section.MaxLength ? title : title[..Section.MaxLength], new Place(0, 0)) { Metadata = metadata };

    /// <summary>A heading of <paramref name="level"/> (1 is the outermost): becomes part of the path of all that follows, up to the next of its level or above.</summary>
    public IEnumerable<Section> Heading(int level, string text, Place? at = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        text = text.Trim();
        if (text.Length == 0)
        {
            return [];
        }

        _headings.RemoveAll(heading => heading.Level >= level);
        var above = _headings.ConvertAll(static heading => heading.Text);
        var sections = Text(SectionKind.Heading, text, at, above, metadata: metadata);
        var shown = text.Length <= 200 ? text : text[..200];
        _headings.Add((level, shown));
        HeadingPath = [.. above, shown];
        return sections;
    }

    /// <summary>Forgets the headings of <paramref name="level"/> and below: what they stood above has ended.</summary>
    public void CloseHeadings(int level)
    {
        if (_headings.RemoveAll(heading => heading.Level >= level) > 0)
        {
            HeadingPath = _headings.ConvertAll(static heading => heading.Text);
        }
    }

    /// <summary>Forgets the headings: a new part (sheet, attachment, chapter file) begins.</summary>
    public void ResetHeadings()
    {
        _headings.Clear();
        HeadingPath = [];
    }

    /// <summary>A piece of text of any other kind. Nothing when it is blank.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">Its text.</param>
    /// <param name="at">Where it stands, apart from the character range, which is counted here. A line is moved forward for the later pieces of a cut text.</param>
    /// <param name="tableHeader">For rows: the header of their table.</param>
    /// <param name="metadata">Metadata of this piece.</param>
    /// <param name="continues">Whether it is the rest of the piece before.</param>
    public IEnumerable<Section> Add(
        SectionKind kind,
        string text,
        Place? at = null,
        string? tableHeader = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool continues = false) =>
        string.IsNullOrWhiteSpace(text) ? [] : Text(kind, text, at, HeadingPath, tableHeader, metadata, continues);

    private List<Section> Text(
        SectionKind kind,
        string text,
        Place? at,
        IReadOnlyList<string> path,
        string? tableHeader = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool continues = false)
    {
        var sections = new List<Section>(1);
        var line = at?.Line;
        for (var start = 0; start < text.Length;)
        {
            var length = Cut(text, start);
            var piece = length == text.Length ? text : text.Substring(start, length);
            sections.Add(new Section(kind, piece, (at ?? new Place(0, 0)) with { Start = _position, End = _position + length, Line = line })
            {
                HeadingPath = path,
                TableHeader = tableHeader,
                Metadata = metadata,
                Continues = continues || start > 0,
            });
            _position += length;
            line += piece.AsSpan().Count('\n');
            start += length;
        }

        _position++; // A break between sections counts as one character.
        return sections;
    }

    /// <summary>Length of the piece at <paramref name="start"/>: to the end, or to the last white space that fits, never between surrogates.</summary>
    private static int Cut(string text, int start)
    {
        var rest = text.Length - start;
        if (rest <= Section.MaxLength)
        {
            return rest;
        }

        var window = text.AsSpan(start, Section.MaxLength);
        var space = window.LastIndexOfAny(" \n\t");
        if (space > Section.MaxLength / 2)
        {
            return space + 1;
        }

        return char.IsHighSurrogate(window[^1]) ? Section.MaxLength - 1 : Section.MaxLength;
    }
}
