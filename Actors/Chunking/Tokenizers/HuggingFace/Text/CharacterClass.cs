namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>What a tokenizer may want to know of a character.</summary>
[Flags]
internal enum CharacterClass
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>White space.</summary>
    Space = 1,

    /// <summary>Punctuation, and the symbols of ASCII.</summary>
    Punctuation = 1 << 1,

    /// <summary>A number of any kind.</summary>
    Number = 1 << 2,

    /// <summary>Part of a word in regular expressions.</summary>
    Word = 1 << 3,

    /// <summary>Removed as a control character.</summary>
    Cleaned = 1 << 4,

    /// <summary>A non-spacing mark.</summary>
    NonSpacing = 1 << 5,

    /// <summary>A mark of any kind.</summary>
    Mark = 1 << 6,

    /// <summary>A Chinese character that stands as a word of its own.</summary>
    Chinese = 1 << 7,

    /// <summary>A letter.</summary>
    Letter = 1 << 8,
}
