using System.Text.Json;
using Sluice.Streams.Failures;
using static Sluice.Actors.Embedding.Folders.SettingsFile;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>What <c>config.json</c> and <c>processor_config.json</c> say of a model that embeds images.</summary>
internal sealed class VisualSettings
{
    /// <summary>Name of the file with the model's shape.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>Name of the file with its prompts.</summary>
    public const string ProcessorFile = "processor_config.json";

    /// <summary>What the transformers library puts behind the image of a page.</summary>
    private const string UsualImagePrompt = "Describe the image.";

    /// <summary>What it puts in front of a question about pages.</summary>
    private const string UsualQueryPrompt = "Question: ";

    private VisualSettings(VisualFamily family, string modelType) => (Family, ModelType) = (family, modelType);

    /// <summary>What kind of model it is.</summary>
    public VisualFamily Family { get; }

    /// <summary><c>model_type</c> of the configuration.</summary>
    public string ModelType { get; }

    /// <summary>Most tokens of a text; null when no file says.</summary>
    public int? TextPositions { get; private set; }

    /// <summary>Side of the square image, by the configuration; null when it does not say.</summary>
    public int? ImageSize { get; private set; }

    /// <summary>Side of the square patches that the image is cut into.</summary>
    public int PatchSize { get; private set; }

    /// <summary>Id of the token that stands for a patch, <see cref="VisualFamily.ColPali"/> only; null when no file says.</summary>
    public int? ImageTokenId { get; private set; }

    /// <summary>How many of them an image has, by <c>processor_config.json</c>; null when it does not say.</summary>
    public int? ImageTokens { get; private set; }

    /// <summary>Text behind the image of a page.</summary>
    public string ImagePrompt { get; private set; } = UsualImagePrompt;

    /// <summary>Text in front of a question.</summary>
    public string QueryPrompt { get; private set; } = "";

    /// <summary>Whether there is one vector a patch; otherwise one an image.</summary>
    public bool IsLate => Family == VisualFamily.ColPali;

    /// <summary>Reads the files.</summary>
    /// <param name="folder">The model folder, absolute.</param>
    /// <exception cref="ModelException">They are missing or broken, or the model is of a kind that is not supported.</exception>
    public static VisualSettings Read(string folder)
    {
        VisualSettings? settings = null;
        var config = Path.Combine(folder, ConfigFile);
        if (!Visit(config, root => settings = Read(root, config)))
        {
            throw new ModelException($"{config}: it is missing, and this model embeds images: the file says of which kind it is. Download it with the model.");
        }

        Visit(Path.Combine(folder, ProcessorFile), settings!.ReadProcessor);
        return settings;
    }

    private static VisualSettings Read(JsonElement root, string file)
    {
        var type = Text(root, "model_type") ?? "";
        var settings = new VisualSettings(
            type switch
            {
                "clip" => VisualFamily.Clip,
                "siglip" => VisualFamily.Siglip,
                "colpali" or "paligemma" => VisualFamily.ColPali,
                "colqwen2" or "colqwen2_5" or "colidefics3" or "colsmolvlm" or "qwen2_vl" or "qwen2_5_vl" or "idefics3" or "siglip2" => throw new ModelException(
                    $"{file}: models of type '{type}' cut each image into a number of pieces that depends on its size, which Sluice does not do. Use a model of type clip, siglip or colpali."),
                _ => throw new ModelException($"{file}: model_type = '{type}' embeds images in a way that Sluice does not know; clip, siglip, colpali and paligemma can be used."),
            },
            type);
        var inner = Object(root, "vlm_config") ?? root;
        var text = Object(root, "text_config") ?? default;
        var vision = Object(inner, "vision_config") ?? default;
        settings.TextPositions = text.ValueKind == JsonValueKind.Object ? Integer(text, "max_position_embeddings") : null;
        settings.TextPositions ??= settings.Family switch { VisualFamily.Clip => 77, VisualFamily.Siglip => 64, _ => null };
        settings.ImageSize = vision.ValueKind == JsonValueKind.Object ? Integer(vision, "image_size") : null;
        settings.PatchSize = (vision.ValueKind == JsonValueKind.Object ? Integer(vision, "patch_size") : null) ?? settings.Family switch { VisualFamily.Clip => 32, VisualFamily.Siglip => 16, _ => 14 };
        settings.ImageTokenId = Integer(inner, "image_token_index") ?? Integer(inner, "image_token_id") ?? Integer(root, "image_token_index") ?? Integer(root, "image_token_id");
        settings.QueryPrompt = settings.IsLate ? UsualQueryPrompt : "";
        return settings.PatchSize > 0 ? settings : throw new ModelException($"{file}: patch_size = {settings.PatchSize}; it must be 1 or more. Download the file again.");
    }

    private void ReadProcessor(JsonElement root)
    {
        ImageTokens = Integer(root, "image_seq_length");
        if (!IsLate)
        {
            return;
        }

        // The original library writes the tokens in front of the prompt into it; here they are added in any case.
        var prompt = Text(root, "visual_prompt_prefix") ?? ImagePrompt;
        foreach (var mark in new[] { "<image>", "<bos>" })
        {
            prompt = prompt.StartsWith(mark, StringComparison.Ordinal) ? prompt[mark.Length..] : prompt;
        }

        ImagePrompt = prompt;
        QueryPrompt = Text(root, "query_prefix") ?? QueryPrompt;
    }
}
