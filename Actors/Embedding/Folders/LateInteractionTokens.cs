using System.Collections.Frozen;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>The tokens of <see cref="LateInteractionSettings"/> by id.</summary>
/// <param name="QueryMarker">Token behind the first one of a query; null for none.</param>
/// <param name="DocumentMarker">Token behind the first one of a document; null for none.</param>
/// <param name="Expansion">Token that fills short queries up; null when they are not.</param>
/// <param name="Skip">Tokens whose vectors are left out of documents.</param>
internal sealed record LateInteractionTokens(int? QueryMarker, int? DocumentMarker, int? Expansion, FrozenSet<int> Skip)
{
    private static readonly string[] s_masks = ["[MASK]", "<mask>"];

    /// <summary>Looks them up.</summary>
    /// <exception cref="ModelException">A marker is missing, or there is nothing to fill queries up with.</exception>
    public static LateInteractionTokens Find(string tokenizerFile, LateInteractionSettings settings, string? maskToken)
    {
        string?[] masks = [maskToken, .. s_masks];
        var ids = TokenLookup.Find(tokenizerFile, new HashSet<string>([settings.QueryMarker, settings.DocumentMarker, .. settings.SkipWords, .. masks.OfType<string>()], StringComparer.Ordinal));
        var mask = masks.OfType<string>().Where(ids.ContainsKey).Select(name => (int?)ids[name]).FirstOrDefault();
        if (settings.ExpandsQueries && mask is null)
        {
            throw new ModelException($"{tokenizerFile}: it has no mask token ({string.Join(", ", masks.OfType<string>().Distinct(StringComparer.Ordinal))}), which this late-interaction model fills short queries up with. Name it as mask_token in tokenizer_config.json, or set do_query_expansion to false in config_sentence_transformers.json.");
        }

        return new LateInteractionTokens(
            Marker(settings.QueryMarker, "queries"),
            Marker(settings.DocumentMarker, "documents"),
            settings.ExpandsQueries ? mask : null,
            settings.SkipWords.Where(ids.ContainsKey).Select(word => ids[word]).ToFrozenSet());

        int? Marker(string name, string what) => name.Length == 0 ? null
            : ids.TryGetValue(name, out var id) ? id
            : throw new ModelException($"{tokenizerFile}: it has no token '{name}', with which this late-interaction model marks {what}. Download the tokenizer that belongs to the model.");
    }
}
