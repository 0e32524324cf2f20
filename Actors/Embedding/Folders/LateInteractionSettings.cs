namespace Sluice.Actors.Embedding.Folders;

/// <summary>How a late-interaction model (ColBERT: Khattab and Zaharia, 2020) wants its texts; tokens by name, as the files have them.</summary>
internal sealed class LateInteractionSettings
{
    /// <summary>Tokens of a query, marks included, that the published models were trained with.</summary>
    public const int UsualQueryLength = 32;

    /// <summary>The punctuation of ASCII, which the original leaves out of documents.</summary>
    public static readonly IReadOnlyList<string> Punctuation = [.. "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".Select(static symbol => symbol.ToString())];

    /// <summary>Token behind the first one of a query; empty for none.</summary>
    public string QueryMarker { get; set; } = "";

    /// <summary>Token behind the first one of a document; empty for none.</summary>
    public string DocumentMarker { get; set; } = "";

    /// <summary>Tokens of a query, marks included: longer ones are cut, shorter ones filled up.</summary>
    public int QueryLength { get; set; } = UsualQueryLength;

    /// <summary>Most tokens of a document, marks included; null for what the network takes.</summary>
    public int? DocumentLength { get; set; }

    /// <summary>Whether short queries are filled up with mask tokens, whose vectors count.</summary>
    public bool ExpandsQueries { get; set; } = true;

    /// <summary>Whether the other tokens see those mask tokens.</summary>
    public bool AttendsToExpansion { get; set; }

    /// <summary>Tokens whose vectors are left out of documents.</summary>
    public IReadOnlyList<string> SkipWords { get; set; } = Punctuation;
}
