namespace Sluice.Actors.Chunking;

/// <summary>Where text may be cut.</summary>
public enum ChunkingMode
{
    /// <summary>At headings, then paragraphs, rows and code blocks, then sentences and lines, then words, then characters.</summary>
    Structure,

    /// <summary>At ends of sentences and lines, whatever the headings.</summary>
    Sentence,

    /// <summary>At the last word that fits.</summary>
    Fixed,
}
