using System.Collections.Frozen;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Embedding.Folders;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Actors.Embedding.Outputs;
using Sluice.Actors.Embedding.Visual;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

/// <content>Models that embed images, and texts to search them by.</content>
public sealed partial class ModelFolder
{
    /// <summary>How it wants its images; null for a model that embeds text.</summary>
    public ImageRecipe? Images => Visual?.Images.Recipe;

    /// <summary>How images are embedded; null for a model that embeds text.</summary>
    internal VisualPlan? Visual { get; private init; }

    /// <summary>The token ids of texts for such a model.</summary>
    internal VisualPrompts Prompts => _prompts.Value;

    /// <summary>Makes what reads the output of the network for images.</summary>
    internal OutputReader CreateImageReader() => Info.Kind == EmbeddingKind.MultiVector
        ? new MultiVectorReader([], FrozenSet<int>.Empty, _tokenPooling) { PerToken = true, Width = Visual!.Width }
        : new DenseReader(PoolingMode.None, [], Info.Dimension, Normalizes) { PerToken = false, Width = Visual!.Width };

    private static ModelFolder OpenVisual(string folder, string network, OnnxModelHeader header, string imageNetwork, OnnxModelHeader imageHeader, string? cacheFolder, EmbeddingOptions options)
    {
        var plan = VisualPlan.Make(folder, imageNetwork, imageHeader);
        var tokenizer = TokenizerLoader.FindFile(folder);
        var inputs = NetworkInputs.Check(network, header, VisualPlan.Pixels);
        var output = VisualPlan.ChooseOutput(network, header, plan.Settings, ofTexts: true);
        var width = VisualPlan.WidthOf(network, output);
        if (width != plan.Width)
        {
            throw new ModelException($"{imageNetwork}: its output '{plan.Output}' has {plan.Width} components, and '{output.Name}' of {Path.GetFileName(network)} has {width}: images and texts could not be compared. Are these files of one model?");
        }

        var kind = plan.Settings.IsLate ? EmbeddingKind.MultiVector : EmbeddingKind.Dense;
        if (options.Output is not ModelOutput.Auto && options.Output != (plan.Settings.IsLate ? ModelOutput.MultiVector : ModelOutput.Dense))
        {
            throw new ModelException($"{folder}: it makes {(plan.Settings.IsLate ? "several vectors" : "one vector")} an image; sluice.embedding.output asks for something else. Leave it at auto.");
        }

        var settings = FolderSettings.Read(folder);
        var padId = settings.PadToken is { } pad && TokenLookup.Find(tokenizer, new HashSet<string>([pad], StringComparer.Ordinal)).TryGetValue(pad, out var found) ? found
            : plan.Settings.Family == VisualFamily.Siglip ? 1 : (int?)null;
        settings.BeVisual(plan.Settings.TextPositions, padId, plan.Settings.QueryPrompt);
        var plain = new NetworkOutput(output.Name, plan.Settings.IsLate, width, kind, PoolingMode.None, [], NetworkOutput.Cut(folder, kind, width, options));
        string[] more =
        [
            imageNetwork,
            .. NetworkFiles.CheckExternal(network, header),
            .. NetworkFiles.CheckExternal(imageNetwork, imageHeader),
            .. settings.Files.Append(ImageSettings.FileName).Append(VisualSettings.ProcessorFile).Select(name => Path.Combine(folder, name)),
        ];
        var files = FolderFingerprint.Of(folder, network, more, cacheFolder);
        var fingerprint = FolderFingerprint.With(files, kind, options);
        var info = new EmbeddingModelInfo(Path.GetFileName(folder), fingerprint, kind, plain.Dimension, settings.MaxTokens, plan.Settings.IsLate ? Distance.Dot : Distance.Cosine)
        {
            QueryPrompt = plan.Settings.QueryPrompt,
            EmbedsImages = true,
        };
        return new ModelFolder(folder, network, info, settings, plain, options)
        {
            FilesFingerprint = files,
            Inputs = inputs,
            TokenizerFile = tokenizer,
            CacheFolderPath = cacheFolder,
            TokenRows = header.TokenRows,
            Opset = header.Opset,
            VocabularySize = IdsOf(settings, header),
            Visual = plan,
        };
    }
}
