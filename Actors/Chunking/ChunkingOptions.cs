using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Chunking;

/// <summary>How documents are cut into chunks. Configured below <c>sluice.chunking</c>. A change re-embeds what it changes.</summary>
public sealed class ChunkingOptions
{
    /// <summary>Where text may be cut. Default <see cref="ChunkingMode.Structure"/>.</summary>
    [EnumDataType(typeof(ChunkingMode))]
    public ChunkingMode Mode { get; set; } = ChunkingMode.Structure;

    /// <summary>
    /// Most tokens of a chunk, special tokens, prompt and context included. Default 0: what the model can take. Otherwise 8 to what the model can take.
    /// </summary>
    [Range(0, 1_000_000)]
    public int Size { get; set; }

    /// <summary>
    /// What a chunk repeats from the end of the one before: tokens (<c>16</c>) or a share of the size (<c>10%</c>). Whole sentences or lines, never across headings
    /// or tables, so often less. Default <c>10%</c>; 0 to half of the size.
    /// </summary>
    [Required]
    [RegularExpression(@"^\s*[0-9]{1,7}\s*%?\s*$")]
    public string Overlap { get; set; } = "10%";

    /// <summary>
    /// A piece of fewer tokens than this is put together with what follows it, where both have the same parent heading, instead of becoming a chunk of its own.
    /// Default 24; 0 to 100,000, and never more than a quarter of the size.
    /// </summary>
    [Range(0, 100_000)]
    public int MinimumTokens { get; set; } = 24;

    /// <summary>
    /// Whether the document's title and the headings above a chunk are embedded in front of it. They take at most a fifth of the size; the outermost are left out
    /// first. Default true.
    /// </summary>
    public bool IncludeHeadings { get; set; } = true;
}
