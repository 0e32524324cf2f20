namespace Sluice.Streams.Documents;

/// <summary>A piece of a parsed document. A document is a stream of sections in reading order, never one string.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, at most <see cref="MaxLength"/> characters; longer pieces are cut by the parser, see <see cref="Continues"/>.</param>
/// <param name="Place">Where it stands.</param>
public sealed record Section(SectionKind Kind, string Text, Place Place)
{
    /// <summary>Most characters in one section: what a parser may hold in memory of a piece that does not end.</summary>
    public const int MaxLength = 32 * 1024;

    /// <summary>Headings above this section, outermost first; empty where there are none. Shared between sections, never changed.</summary>
    public IReadOnlyList<string> HeadingPath { get; init; } = [];

    /// <summary>True when this is the rest of the section before it, cut only because it was too long: no paragraph boundary lies between.</summary>
    public bool Continues { get; init; }

    /// <summary>Table header this row belongs to (<c>name | size | …</c>), repeated in front of each chunk that holds such rows; null elsewhere.</summary>
    public string? TableHeader { get; init; }

    /// <summary>The picture that this section is; its text is then what it shows, as far as that is known. Null for text.</summary>
    public PreparedImage? Image { get; init; }

    /// <summary>Metadata that comes with it: of the document on a <see cref="SectionKind.Title"/>, of the section elsewhere. Null when there is none.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
