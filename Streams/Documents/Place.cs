namespace Sluice.Streams.Documents;

/// <summary>Where in its document a piece of text stands, in the terms that fit the format. Numbers count from 1, characters from 0.</summary>
/// <param name="Start">First character, in the document's extracted text (for plain text: of the file itself).</param>
/// <param name="End">One past the last character.</param>
public sealed record Place(long Start, long End)
{
    /// <summary>Line of the source file, for formats with lines.</summary>
    public int? Line { get; init; }

    /// <summary>Page, or slide, for paged formats.</summary>
    public int? Page { get; init; }

    /// <summary>Row or record, for tables and record files.</summary>
    public long? Row { get; init; }

    /// <summary>Named part: a sheet, a chapter's file, an attachment.</summary>
    public string? Part { get; init; }

    /// <summary>Fragment that leads there in a browser (an element's id), without the <c>#</c>.</summary>
    public string? Anchor { get; init; }
}
