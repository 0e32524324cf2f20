using Sluice.Actors.Embedding.Folders;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>How a model's network for images is run, and what is used of its output. Immutable.</summary>
/// <param name="Settings">What the files say of the model.</param>
/// <param name="Images">What they say of images.</param>
/// <param name="NetworkFile">Path of the network; that for texts may be the same.</param>
/// <param name="Inputs">Inputs of the network: <c>pixel_values</c>, and <c>input_ids</c> and <c>attention_mask</c> where it takes text beside.</param>
/// <param name="PixelType">Element type of the pixels, in ONNX's numbering: 32-bit or 16-bit floats.</param>
/// <param name="Output">The output that is used.</param>
/// <param name="Width">Components of a vector of it.</param>
internal sealed record VisualPlan(VisualSettings Settings, ImageSettings Images, string NetworkFile, IReadOnlyList<string> Inputs, int PixelType, string Output, int Width)
{
    /// <summary>Name of the input with the pixels.</summary>
    public const string Pixels = "pixel_values";

    private const string TextStem = "text_model";
    private const string ImageStem = "vision_model";

    private static readonly string[] s_texts = ["input_ids", "attention_mask"];
    private static readonly string[] s_imageVectors = ["image_embeds", "pooler_output", "image_embeddings", "embeddings"];
    private static readonly string[] s_textVectors = ["text_embeds", "pooler_output", "text_embeddings", "embeddings"];
    private static readonly string[] s_patchVectors = ["embeddings", "last_hidden_state", "output_embeddings"];

    /// <summary>Names of the exports there are, where texts and images have networks of their own; none otherwise.</summary>
    public static IReadOnlyList<string> VariantsOf(string folder) => [.. NetworkFiles.Find(folder, ImageStem).Select(static export => export.Variant)];

    /// <summary>Finds two networks, one for texts and one for images.</summary>
    /// <param name="folder">The model folder, absolute.</param>
    /// <param name="variant">Which export; empty for the plain one.</param>
    /// <returns>Their paths; null where there is no network for images alone.</returns>
    /// <exception cref="ModelException">One is missing.</exception>
    public static (string Texts, string Images)? FindPair(string folder, string variant)
        => NetworkFiles.Find(folder, ImageStem).Count == 0 ? null : (NetworkFiles.Choose(folder, variant, TextStem), NetworkFiles.Choose(folder, variant, ImageStem));

    /// <summary>Plans how images are embedded.</summary>
    /// <param name="folder">The model folder, absolute.</param>
    /// <param name="network">The network for images.</param>
    /// <param name="header">What it says of itself.</param>
    /// <exception cref="ModelException">It cannot be used; the message names the file and what is wrong with it.</exception>
    public static VisualPlan Make(string folder, string network, OnnxModelHeader header)
    {
        var pixels = header.Inputs.FirstOrDefault(static input => input.Name == Pixels)
            ?? throw new ModelException($"{network}: it has no input '{Pixels}', so it does not embed images.");
        if (!File.Exists(Path.Combine(folder, ImageSettings.FileName)))
        {
            throw new ModelException($"{network}: it wants the input '{Pixels}', so it embeds images, and there is no {ImageSettings.FileName}, which says how they are made ready. Download it with the model.");
        }

        var settings = VisualSettings.Read(folder);
        var images = ImageSettings.Read(folder, settings);
        if (pixels.ElementType is not (OnnxGraphBuilder.Float or OnnxGraphBuilder.Float16))
        {
            throw new ModelException($"{network}: the input '{Pixels}' is not of 32-bit or 16-bit floats. Export the model with such inputs.");
        }

        if (pixels.Shape is { } shape && (shape.Count != 4 || shape[0] > 0 || shape[1] is > 0 and not 3 || Differs(shape[2], images.Recipe.Height) || Differs(shape[3], images.Recipe.Width)))
        {
            throw new ModelException(
                $"{network}: the input '{Pixels}' is {string.Join(" x ", shape.Select(static extent => extent > 0 ? $"exactly {extent}" : "any"))}; any number of images x 3 x {images.Recipe.Height} x {images.Recipe.Width} is what {ImageSettings.FileName} makes. Export the model again with a dynamic first axis, or with the files that belong to it.");
        }

        var unknown = header.Inputs.FirstOrDefault(static input => input.Name != Pixels && !s_texts.Contains(input.Name, StringComparer.Ordinal));
        if (unknown is not null)
        {
            throw new ModelException($"{network}: it wants the input '{unknown.Name}', which Sluice does not know; it gives {Pixels}, {string.Join(", ", s_texts)}.");
        }

        var output = ChooseOutput(network, header, settings, ofTexts: false);
        return new VisualPlan(settings, images, network, [.. header.Inputs.Select(static input => input.Name)], pixels.ElementType, output.Name, WidthOf(network, output));

        static bool Differs(long extent, int expected) => extent > 0 && extent != expected;
    }

    /// <summary>The output of a network with what is wanted: a vector an image or text, or one a patch or token.</summary>
    /// <exception cref="ModelException">There is none.</exception>
    public static OnnxValue ChooseOutput(string network, OnnxModelHeader header, VisualSettings settings, bool ofTexts)
    {
        var rank = settings.IsLate ? 3 : 2;
        var names = settings.IsLate ? s_patchVectors : ofTexts ? s_textVectors : s_imageVectors;
        var fitting = header.Outputs.Where(output => output.Shape?.Count == rank).ToList();
        var output = names.Select(name => fitting.Find(output => output.Name == name)).FirstOrDefault(static output => output is not null) ?? (fitting.Count == 1 ? fitting[0] : null)
            ?? throw new ModelException(
                $"{network}: none of its outputs ({string.Join(", ", header.Outputs.Select(static output => output.Name))}) has one vector {(settings.IsLate ? "a patch" : ofTexts ? "a text" : "an image")}; {names[0]} is the usual name. Export the model with its projection.");
        return output.ElementType is OnnxGraphBuilder.Float or OnnxGraphBuilder.Float16
            ? output
            : throw new ModelException($"{network}: the output '{output.Name}' is not of 32-bit or 16-bit floats. Export the model with such outputs.");
    }

    /// <summary>Components of a vector of an output.</summary>
    /// <exception cref="ModelException">The network does not tell.</exception>
    public static int WidthOf(string network, OnnxValue output) => output.Shape![^1] > 0
        ? (int)output.Shape[^1]
        : throw new ModelException($"{network}: it does not tell the number of components of the output '{output.Name}'. Export the model again with that axis fixed.");
}
