namespace Sluice.Actors.Chunking;

/// <summary>How good a place to cut a boundary between two pieces is; higher is better.</summary>
internal enum CutLevel : byte
{
    /// <summary>Between a heading and what it heads: only where nothing else is left.</summary>
    Glue,

    /// <summary>Inside a word, between two characters.</summary>
    Character,

    Word,

    /// <summary>After a comma, semicolon, colon or cell.</summary>
    Clause,

    Line,

    Sentence,

    /// <summary>At a blank line within a section.</summary>
    Block,

    /// <summary>Between paragraphs, list items, rows, code blocks.</summary>
    Paragraph,
}
