using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>A section that pieces are cut from, with what its chunks share.</summary>
/// <param name="section">The section.</param>
/// <param name="headerCost">Tokens of its table header where that is repeated in each chunk; 0 where it is not.</param>
internal sealed class PieceSource(Section section, int headerCost)
{
    public Section Section { get; } = section;

    public string Text => Section.Text;

    public SectionKind Kind => Section.Kind;

    /// <summary>The header to repeat, or null.</summary>
    public string? Header { get; } = headerCost > 0 ? section.TableHeader : null;

    public int HeaderCost { get; } = headerCost;
}
