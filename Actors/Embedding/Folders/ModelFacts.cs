using System.Globalization;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>Tells what was understood of a model folder, and from which file.</summary>
internal static class ModelFacts
{
    private const string Usual = "usual; no file says";

    /// <summary>Tells it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public static IReadOnlyList<ModelFact> Of(ModelFolder folder, ITokenizer tokenizer)
    {
        var network = Path.GetRelativePath(folder.FolderPath, folder.NetworkFile);
        return
        [
            new("network", $"takes {string.Join(", ", folder.Inputs)}; '{folder.Output}' is used", network),
            new("tokenizer", Describe(tokenizer), Path.GetFileName(folder.TokenizerFile)),
            new("longest text", string.Create(CultureInfo.InvariantCulture, $"{folder.Info.MaxTokens} tokens"), Origin(folder, nameof(FolderSettings.MaxTokens))),
            folder.Pooling == PoolingMode.None
                ? new("pooling", "done by the network", network)
                : new("pooling", Describe(folder.Pooling), Origin(folder, nameof(FolderSettings.Pooling))),
            new("normalized", folder.Normalizes ? "to unit length" : "no", Origin(folder, nameof(FolderSettings.Normalizes))),
            new("compared by", folder.Info.Distance.ToString().ToLowerInvariant(), Origin(folder, nameof(FolderSettings.Distance))),
            new("prompts", $"query \"{folder.Info.QueryPrompt}\", document \"{folder.Info.DocumentPrompt}\"", Origin(folder, nameof(FolderSettings.QueryPrompt))),
        ];
    }

    private static string Origin(ModelFolder folder, string setting) => folder.Origins.GetValueOrDefault(setting, Usual);

    private static string Describe(PoolingMode pooling) => pooling switch
    {
        PoolingMode.Mean => "mean of the tokens",
        PoolingMode.Cls => "the first token",
        PoolingMode.LastToken => "the last token",
        _ => "none",
    };

    private static string Describe(ITokenizer tokenizer)
    {
        var (kind, size) = tokenizer switch
        {
            HuggingFaceTokenizer other => (other.Kind, other.VocabularySize),
            UnigramTokenizer unigram => ("Unigram of the default model", unigram.VocabularySize),
            _ => (tokenizer.GetType().Name, 0),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{kind}, {size:N0} ids, {tokenizer.SpecialTokenCount} added to each text");
    }
}
