using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>A stretch of a section that is not blank and that is cut no further unless it must be. Pieces of a section follow each other without gaps.</summary>
/// <param name="Source">Its section.</param>
/// <param name="Start">First character in the section's text.</param>
/// <param name="End">One past its last character, white space behind it included.</param>
/// <param name="Cost">Tokens it is expected to take: never 0, and more than its tokens where these are very long.</param>
/// <param name="Level">What kind of boundary lies before it.</param>
internal readonly record struct Piece(PieceSource Source, int Start, int End, int Cost, CutLevel Level)
{
    public ReadOnlySpan<char> Text => Source.Text.AsSpan(Start, End - Start);

    public SectionKind Kind => Source.Kind;
}
