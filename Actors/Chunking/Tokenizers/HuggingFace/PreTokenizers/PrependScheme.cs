namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Which pieces get the mark of a space before them.</summary>
internal enum PrependScheme
{
    /// <summary>None.</summary>
    Never,

    /// <summary>The one at the beginning of the text.</summary>
    First,

    /// <summary>All.</summary>
    Always,
}
