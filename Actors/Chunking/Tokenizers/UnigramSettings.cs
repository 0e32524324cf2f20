namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>What a unigram tokenizer does to a text before it looks for pieces, and how it decides between them.</summary>
internal sealed record UnigramSettings
{
    /// <summary>The replacement of a space, U+2581, that most vocabularies use.</summary>
    public const char LowerBlock = '\u2581';

    /// <summary>Runs of white space become one space, those at the ends nothing.</summary>
    public bool CollapseWhiteSpace { get; init; }

    /// <summary>U+2019 becomes an apostrophe.</summary>
    public bool StraightenApostrophes { get; init; }

    /// <summary>Compatibility composition (NFKC).</summary>
    public bool Compose { get; init; }

    /// <summary>What a space becomes; a space itself for none.</summary>
    public char SpaceReplacement { get; init; } = ' ';

    /// <summary>What is put before a text that is not empty; null for nothing.</summary>
    public char? Prepend { get; init; }

    /// <summary>Nothing is put before a text that begins with it already.</summary>
    public bool PrependOnce { get; init; }

    /// <summary>
    /// Of two cuts of which the second has the shorter last piece, the second wins when they score the same, and also when the first one's total is exactly 0,
    /// as in the tokenizer of TensorFlow.js, which takes 0 for "not reached". Otherwise the first wins ties.
    /// </summary>
    public bool ShorterWins { get; init; }

    /// <summary>Id of what no piece matches.</summary>
    public int UnknownId { get; init; }

    /// <summary>Score of what no piece matches; null for ten below the lowest of the vocabulary.</summary>
    public double? UnknownScore { get; init; }

    /// <summary>Neighbouring unknown characters become one token.</summary>
    public bool FuseUnknown { get; init; } = true;

    /// <summary>Ids put before a text.</summary>
    public int[] Before { get; init; } = [];

    /// <summary>Ids put after a text.</summary>
    public int[] After { get; init; } = [];
}
