using System.Text.Json;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Failures;
using static Sluice.Actors.Embedding.Folders.SettingsFile;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>What <c>preprocessor_config.json</c> says: how images are made ready, and how their components become the network's numbers.</summary>
internal sealed class ImageSettings
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>The means and deviations that CLIP was trained with, red, green and blue.</summary>
    private static readonly float[] s_clipMean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] s_clipDeviation = [0.26862954f, 0.26130258f, 0.27577711f];
    private static readonly float[] s_half = [0.5f, 0.5f, 0.5f];

    /// <summary>Processors of the transformers library that do no more than what is read here, by the beginning of their names.</summary>
    private static readonly string[] s_known = ["CLIP", "Siglip", "ViT", "Bit", "DeiT"];

    private static readonly string[] s_refused = ["do_pad", "do_image_splitting", "do_flip_channel_order", "do_thumbnail", "do_align_long_axis"];

    private ImageSettings(ImageRecipe recipe, float[][] levels, int? imageTokens)
    {
        Recipe = recipe;
        Levels = levels;
        ImageTokens = imageTokens;
    }

    /// <summary>How images are made ready.</summary>
    public ImageRecipe Recipe { get; }

    /// <summary>The network's number for each value of a component: three tables of 256.</summary>
    public float[][] Levels { get; }

    /// <summary>Tokens that stand for an image (<c>image_seq_length</c>); null when the file does not say.</summary>
    public int? ImageTokens { get; }

    /// <summary>Reads the file.</summary>
    /// <param name="folder">The model folder, absolute.</param>
    /// <param name="visual">What the other files say.</param>
    /// <exception cref="ModelException">It is missing or broken, or asks for something that is not supported.</exception>
    public static ImageSettings Read(string folder, VisualSettings visual)
    {
        var file = Path.Combine(folder, FileName);
        ImageSettings? settings = null;
        return Visit(file, root => settings = Read(root, file, visual))
            ? settings!
            : throw new ModelException($"{file}: it is missing; it says how images are made ready for the model. Download it with the model.");
    }

    private static ImageSettings Read(JsonElement root, string file, VisualSettings visual)
    {
        var type = Text(root, "image_processor_type") ?? Text(root, "feature_extractor_type") ?? "";
        if (type.Length > 0 && !Array.Exists(s_known, known => type.StartsWith(known, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ModelException($"{file}: image_processor_type = '{type}' is not supported; those of {string.Join(", ", s_known)} are.");
        }

        if (Array.Find(s_refused, name => Boolean(root, name) == true) is { } refused)
        {
            throw new ModelException($"{file}: {refused} = true is not supported. Use a model whose images are scaled, cut and normalized only.");
        }

        var isClip = type.Length > 0 ? type.StartsWith("CLIP", StringComparison.OrdinalIgnoreCase) : visual.Family == VisualFamily.Clip;
        var tokens = visual.ImageTokens ?? Integer(root, "image_seq_length");
        return new ImageSettings(ReadRecipe(root, file, visual, isClip, tokens), ReadLevels(root, file, isClip), tokens);
    }

    private static ImageRecipe ReadRecipe(JsonElement root, string file, VisualSettings visual, bool isClip, int? tokens)
    {
        var usual = visual.ImageSize ?? 224;
        (int? Edge, int Width, int Height) size = isClip ? (usual, 0, 0) : (null, usual, usual);
        var resizes = Boolean(root, "do_resize") ?? true;
        if (resizes && root.TryGetProperty("size", out var given))
        {
            size = ReadSize(given, "size", isClip);
        }

        var crops = Boolean(root, "do_center_crop") ?? isClip;
        var (width, height) = (size.Width, size.Height);
        if (crops)
        {
            var crop = root.TryGetProperty("crop_size", out given) ? ReadSize(given, "crop_size", shortest: false) : (Edge: null, Width: usual, Height: usual);
            (width, height) = crop.Edge is { } edge ? (edge, edge) : (crop.Width, crop.Height);
        }
        else if (!resizes || size.Edge is not null)
        {
            throw new ModelException($"{file}: images would keep their shape (do_center_crop = false and {(resizes ? "size.shortest_edge" : "do_resize = false")}), and a batch takes images of one size. Use a model with a fixed size.");
        }

        if (!resizes)
        {
            throw new ModelException($"{file}: do_resize = false is not supported: images come in all sizes.");
        }

        var patches = (width / visual.PatchSize) * (height / visual.PatchSize);
        var positions = visual.Family switch { VisualFamily.Clip => patches + 1, VisualFamily.ColPali => tokens ?? patches, _ => patches };
        return new ImageRecipe(width, height, Math.Max(1, positions))
        {
            Filter = ReadFilter(root, file),
            ShortestEdge = size.Edge,
            ScaledWidth = size.Edge is null && crops ? size.Width : null,
            ScaledHeight = size.Edge is null && crops ? size.Height : null,
        };

        (int? Edge, int Width, int Height) ReadSize(JsonElement value, string name, bool shortest)
        {
            if (value.ValueKind == JsonValueKind.Number)
            {
                var side = Side(value.GetInt32(), name);
                return shortest ? (side, 0, 0) : (null, side, side);
            }

            return Integer(value, "shortest_edge") is { } edge && Integer(value, "longest_edge") is null ? (Side(edge, name), 0, 0)
                : Integer(value, "width") is { } wide && Integer(value, "height") is { } high ? (null, Side(wide, name), Side(high, name))
                : throw new ModelException($"{file}: {name} = {value.GetRawText()} is not supported; a number, shortest_edge alone, or width and height are.");
        }

        int Side(int pixels, string name) => pixels is >= 1 and <= 2048
            ? pixels
            : throw new ModelException($"{file}: {name} is {pixels} pixels; 1 to 2,048 can be used.");
    }

    private static ImageFilter ReadFilter(JsonElement root, string file)
    {
        var number = Integer(root, "resample") ?? (int)ImageFilter.Bicubic;
        return Enum.IsDefined((ImageFilter)number)
            ? (ImageFilter)number
            : throw new ModelException($"{file}: resample = {number} is not supported; 1 (Lanczos), 2 (bilinear), 3 (bicubic), 4 (box) and 5 (Hamming) are.");
    }

    /// <summary>In 32 bits and in this order, as the transformers library computes.</summary>
    private static float[][] ReadLevels(JsonElement root, string file, bool isClip)
    {
        var factor = !(Boolean(root, "do_rescale") ?? true) ? 1
            : root.TryGetProperty("rescale_factor", out var given) && given.ValueKind == JsonValueKind.Number ? given.GetDouble()
            : 1 / 255.0;
        var normalizes = Boolean(root, "do_normalize") ?? true;
        var mean = ReadNumbers("image_mean", isClip ? s_clipMean : s_half);
        var deviation = ReadNumbers("image_std", isClip ? s_clipDeviation : s_half);
        var levels = new float[3][];
        for (var channel = 0; channel < levels.Length; channel++)
        {
            levels[channel] = new float[256];
            for (var value = 0; value < 256; value++)
            {
                var scaled = (float)(value * factor);
                levels[channel][value] = normalizes ? (scaled - mean[channel]) / deviation[channel] : scaled;
            }
        }

        return levels;

        float[] ReadNumbers(string name, float[] usual)
        {
            if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return usual;
            }

            float[] numbers = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(static number => number.GetSingle())] : [value.GetSingle()];
            numbers = numbers.Length == 1 ? [numbers[0], numbers[0], numbers[0]] : numbers;
            return numbers.Length == 3 && (name != "image_std" || Array.TrueForAll(numbers, static number => number != 0))
                ? numbers
                : throw new ModelException($"{file}: {name} must be three numbers{(name == "image_std" ? " other than 0" : "")}. Download the file again.");
        }
    }
}
