using System.Globalization;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>Tells what was understood of a model folder, and from which file.</summary>
internal static partial class ModelFacts
{
    private const string Usual = "usual; no file says";

    /// <summary>Tells it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public static IReadOnlyList<ModelFact> Of(ModelFolder folder, ITokenizer tokenizer)
    {
        var network = Path.GetRelativePath(folder.FolderPath, folder.NetworkFile);
        var facts = new List<ModelFact>
        {
            new("network", $"takes {string.Join(", ", folder.Inputs)}; '{folder.Output}' is used; operators of version {folder.Opset}", network),
            new("tokenizer", Describe(tokenizer), Path.GetFileName(folder.TokenizerFile)),
            new("longest text", Invariant($"{folder.Info.MaxTokens} tokens"), Origin(folder, nameof(FolderSettings.MaxTokens))),
        };
        if (folder.Variants is { Count: > 1 } variants)
        {
            facts.Insert(1, new("variants", string.Join(", ", variants), "files beside it"));
        }

        if (folder.Settings.Lowercases)
        {
            facts.Add(new("letters", "small ones only", folder.Settings.TransformerFile));
        }

        if (folder.PadsLeft)
        {
            facts.Add(new("padding", "in front", Origin(folder, nameof(FolderSettings.PadsLeft))));
        }

        if (folder.Visual is { } visual)
        {
            AddVisual(facts, folder, visual);
            return facts;
        }

        switch (folder.Info.Kind)
        {
            case EmbeddingKind.MultiVector:
                AddLate(facts, folder, network);
                break;
            case EmbeddingKind.Sparse:
                AddSparse(facts, folder, network);
                break;
            default:
                AddDense(facts, folder, network);
                break;
        }

        facts.Add(new("prompts", $"query \"{folder.Info.QueryPrompt}\", document \"{folder.Info.DocumentPrompt}\"", Origin(folder, nameof(FolderSettings.QueryPrompt))));
        return facts;
    }

    private static void AddDense(List<ModelFact> facts, ModelFolder folder, string network)
    {
        facts.Add(folder.Pooling == PoolingMode.None
            ? new("pooling", "done by the network", network)
            : new("pooling", Describe(folder.Pooling), Origin(folder, nameof(FolderSettings.Pooling))));
        AddLayers(facts, folder);
        if (folder.Settings.MatryoshkaDimensions is { Count: > 0 } lengths)
        {
            facts.Add(new("may be cut", $"to {string.Join(", ", lengths)} dimensions", "config.json"));
        }

        if (folder.Plan.Layers.Count > 0 ? folder.Plan.Layers[^1].Outputs != folder.Info.Dimension : folder.Plan.Width != folder.Info.Dimension)
        {
            facts.Add(new("cut", Invariant($"to the first {folder.Info.Dimension} dimensions"), "sluice.embedding.dimensions"));
        }

        facts.Add(new("normalized", folder.Normalizes ? "to unit length" : "no", Origin(folder, nameof(FolderSettings.Normalizes))));
        facts.Add(new("compared by", folder.Info.Distance.ToString().ToLowerInvariant(), Origin(folder, nameof(FolderSettings.Distance))));
    }

    private static void AddLate(List<ModelFact> facts, ModelFolder folder, string network)
    {
        var late = folder.Late!;
        var tokens = folder.LateTokens;
        var origin = Origin(folder, nameof(FolderSettings.Late));
        facts.Add(new("late", "one vector a token, of unit length; compared by the sum of the largest products (MaxSim)", origin));
        AddLayers(facts, folder);
        if (folder.Plan.Layers.Count == 0)
        {
            facts.Add(new("projection", "done by the network", network));
        }

        facts.Add(new("documents", $"{Marker(late.DocumentMarker, tokens.DocumentMarker)}; vectors of {tokens.Skip.Count} tokens are left out", origin));
        var filled = tokens.Expansion is { } mask ? Invariant($"filled up to {late.QueryLength} tokens with {mask}, {(late.AttendsToExpansion ? "seen" : "not seen")} by the others") : Invariant($"at most {late.QueryLength} tokens");
        facts.Add(new("queries", $"{Marker(late.QueryMarker, tokens.QueryMarker)}; {filled}", origin));
        if (folder.TokenPooling > 1)
        {
            facts.Add(new("token pooling", Invariant($"one vector of {folder.TokenPooling} is kept"), "sluice.embedding.token-pooling"));
        }

        static string Marker(string name, int? id) => id is { } known ? Invariant($"marked with {name} ({known})") : "not marked";
    }

    private static void AddSparse(List<ModelFact> facts, ModelFolder folder, string network)
    {
        var settings = folder.Settings.Sparse!;
        var logarithm = settings.Twice ? "log(1 + log(1 + relu))" : "log(1 + relu)";
        facts.Add(folder.Plan.PerToken
            ? new("weights", $"{(settings.Sums ? "sum" : "largest")} over the tokens of {logarithm}", Origin(folder, nameof(FolderSettings.Sparse)))
            : new("weights", "done by the network; those above 0", network));
    }

    private static void AddLayers(List<ModelFact> facts, ModelFolder folder)
    {
        foreach (var layer in folder.Plan.Layers)
        {
            facts.Add(new(
                "linear layer",
                Invariant($"{layer.Inputs} to {layer.Outputs}{(layer.HasBias ? ", with bias" : "")}{(layer.Activation == DenseActivation.Identity ? "" : $", {layer.Activation.ToString().ToLowerInvariant()}")}"),
                Path.GetRelativePath(folder.FolderPath, Path.Combine(layer.Folder, "config.json"))));
        }
    }

    private static string Origin(ModelFolder folder, string setting) => folder.Settings.Origins.GetValueOrDefault(setting, Usual);

    private static string Describe(PoolingMode pooling) => pooling switch
    {
        PoolingMode.Mean => "mean of the tokens",
        PoolingMode.Cls => "the first token",
        PoolingMode.LastToken => "the last token",
        PoolingMode.Max => "largest value of each component",
        PoolingMode.WeightedMean => "mean of the tokens, later ones weighing more",
        PoolingMode.MeanSqrtLength => "sum of the tokens, divided by the square root of their number",
        _ => "none",
    };

    private static string Describe(ITokenizer tokenizer)
    {
        var (kind, size) = TokenizerVocabulary.Of(tokenizer);
        return Invariant($"{kind}, {size:N0} ids, {tokenizer.SpecialTokenCount} added to each text");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
