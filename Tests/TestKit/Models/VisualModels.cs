using System.Text.Json;
using Sluice.Actors.Embedding.Onnx;

namespace Sluice.TestKit.Models;

/// <summary>Model folders that embed images, small enough for tests, laid out as published ones are.</summary>
public static class VisualModels
{
    /// <summary>Side of the images.</summary>
    public const int Side = 32;

    /// <summary>Side of the patches.</summary>
    public const int Patch = 8;

    /// <summary>Components of the vectors of random networks.</summary>
    public const int Dimension = 16;

    /// <summary>Id of the token of a patch.</summary>
    public const int ImageToken = 3;

    /// <summary>Words that the networks of colours know, with the means of the channels of such an image.</summary>
    public static IReadOnlyDictionary<string, float[]> Colours { get; } = new Dictionary<string, float[]>(StringComparer.Ordinal)
    {
        ["red"] = [1, -1, -1],
        ["green"] = [-1, 1, -1],
        ["blue"] = [-1, -1, 1],
        ["yellow"] = [1, 1, -1],
    };

    private static readonly string[] s_words = ["a", "the", "car", "page", "of", "picture", "colour", "green", .. Colours.Keys]; // Its pairs before those of "red", which would tear it.

    private static readonly string[] s_pageTokens = ["<pad>", "<unk>", "<bos>", "<image>", "\n", "Question:", "Describe", "image.\n", "image."];

    /// <summary>CLIP: two networks, the shorter side brought to size and the middle cut out. Finds images by their colour.</summary>
    /// <param name="folder">The folder; it is made.</param>
    /// <param name="half">Whether the image network takes and gives 16-bit floats.</param>
    public static void WriteClip(string folder, bool half = false)
    {
        var tokenizer = ClipTokenizer(out var vocabulary);
        Put(folder, "tokenizer.json", tokenizer);
        Put(folder, "tokenizer_config.json", """{"tokenizer_class":"CLIPTokenizer","model_max_length":77,"pad_token":"<|endoftext|>","bos_token":"<|startoftext|>","eos_token":"<|endoftext|>"}""");
        Put(folder, "config.json", $$$"""{"model_type":"clip","projection_dim":3,"text_config":{"max_position_embeddings":77,"vocab_size":{{{vocabulary.Count}}}},"vision_config":{"image_size":{{{Side}}},"patch_size":{{{Patch}}}}}""");
        Put(folder, "preprocessor_config.json", ClipImages("0.5,0.5,0.5", "0.5,0.5,0.5"));
        Save(folder, "onnx/text_model.onnx", VisualGraphs.Words("text_embeds", Table(vocabulary), hasMask: true));
        Save(folder, "onnx/vision_model.onnx", VisualGraphs.Colours("image_embeds", Side, half ? OnnxGraphBuilder.Float16 : OnnxGraphBuilder.Float));
    }

    /// <summary>CLIP in one network for both, which wants texts beside images and images beside texts.</summary>
    public static void WriteWholeClip(string folder)
    {
        WriteClip(folder);
        Directory.Delete(Path.Combine(folder, "onnx"), recursive: true);
        _ = ClipTokenizer(out var vocabulary);
        Save(folder, "model.onnx", VisualGraphs.ColoursAndWords(Table(vocabulary), Side));
    }

    /// <summary>ColPali that knows colours, in two networks: one for pages and one for questions.</summary>
    public static void WriteColPaliPair(string folder)
    {
        WriteColPali(folder, colours: true);
        File.Delete(Path.Combine(folder, "model.onnx"));
        var vocabulary = WordTokenizer(folder, s_pageTokens);
        Save(folder, "vision_model.onnx", VisualGraphs.ColouredPages(Table(vocabulary), ImageToken, Side, Patch));
        Save(folder, "text_model.onnx", VisualGraphs.Questions(Table(vocabulary)));
    }

    /// <summary>CLIP with random weights, for comparing with another program that runs it.</summary>
    public static void WriteRandomClip(string folder)
    {
        var tokenizer = ClipTokenizer(out var vocabulary);
        WriteClip(folder);
        Put(folder, "tokenizer.json", tokenizer);
        Put(folder, "preprocessor_config.json", ClipImages("0.48145466,0.4578275,0.40821073", "0.26862954,0.26130258,0.27577711"));
        Save(folder, "onnx/text_model.onnx", VisualGraphs.RandomTexts("text_embeds", vocabulary.Count, Dimension));
        Save(folder, "onnx/vision_model.onnx", VisualGraphs.RandomImages("image_embeds", Side, Patch, Dimension));
    }

    /// <summary>SigLIP: two networks, images pressed into a square, texts filled up and no mask.</summary>
    public static void WriteSiglip(string folder)
    {
        var vocabulary = WordTokenizer(folder, "</s>", "<unk>");
        Put(folder, "tokenizer_config.json", """{"tokenizer_class":"SiglipTokenizer","model_max_length":64,"pad_token":"</s>"}""");
        Put(folder, "config.json", $$$"""{"model_type":"siglip","text_config":{"max_position_embeddings":64},"vision_config":{"image_size":{{{Side}}},"patch_size":{{{Patch}}}}}""");
        Put(folder, "preprocessor_config.json", SquareImages());
        Save(folder, "onnx/text_model.onnx", VisualGraphs.Words("pooler_output", Table(vocabulary), hasMask: false));
        Save(folder, "onnx/vision_model.onnx", VisualGraphs.Colours("pooler_output", Side));
    }

    /// <summary>ColPali: one network for pages and questions, with random weights, or one that knows colours.</summary>
    /// <param name="folder">The folder; it is made.</param>
    /// <param name="colours">Whether patches are found by their colour.</param>
    public static void WriteColPali(string folder, bool colours = false)
    {
        var vocabulary = WordTokenizer(folder, s_pageTokens);
        Put(folder, "tokenizer_config.json", """{"tokenizer_class":"GemmaTokenizer","pad_token":"<pad>","bos_token":"<bos>","model_max_length":1000000000000000019884624838656}""");
        Put(folder, "config.json", $$$$"""{"model_type":"colpali","embedding_dim":{{{{Dimension}}}},"vlm_config":{"model_type":"paligemma","image_token_index":{{{{ImageToken}}}},"vision_config":{"image_size":{{{{Side}}}},"patch_size":{{{{Patch}}}}}}}""");
        Put(folder, "preprocessor_config.json", SquareImages($""" ,"image_seq_length":{Side / Patch * (Side / Patch)},"processor_class":"ColPaliProcessor" """));
        Save(folder, "model.onnx", colours ? VisualGraphs.ColouredPages(Table(vocabulary), ImageToken, Side, Patch) : VisualGraphs.Pages(vocabulary.Count, ImageToken, Side, Patch, Dimension));
    }

    /// <summary>An image of one colour, three bytes a pixel.</summary>
    public static byte[] Pixels(string colour, int width = Side, int height = Side)
    {
        var pixels = new byte[width * height * 3];
        for (var at = 0; at < pixels.Length; at++)
        {
            pixels[at] = Colours[colour][at % 3] > 0 ? (byte)255 : (byte)0;
        }

        return pixels;
    }

    private static string ClipImages(string mean, string deviation) =>
        $$"""{"image_processor_type":"CLIPImageProcessor","do_resize":true,"size":{"shortest_edge":{{Side}}},"resample":3,"do_center_crop":true,"crop_size":{"height":{{Side}},"width":{{Side}}},"do_rescale":true,"rescale_factor":0.00392156862745098,"do_normalize":true,"image_mean":[{{mean}}],"image_std":[{{deviation}}],"do_convert_rgb":true}""";

    private static string SquareImages(string more = "") =>
        $$"""{"image_processor_type":"SiglipImageProcessor","do_resize":true,"size":{"height":{{Side}},"width":{{Side}}},"resample":3,"do_rescale":true,"rescale_factor":0.00392156862745098,"do_normalize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]{{more}}}""";

    /// <summary>Colours by their words; every other token is nearly nothing.</summary>
    private static float[] Table(IReadOnlyDictionary<string, int> vocabulary)
    {
        var table = new float[vocabulary.Count * 3];
        Array.Fill(table, 0.001f);
        foreach (var (token, id) in vocabulary)
        {
            if (Colours.TryGetValue(token.Replace("</w>", "", StringComparison.Ordinal), out var colour))
            {
                colour.CopyTo(table.AsSpan(id * 3, 3));
            }
        }

        return table;
    }

    /// <summary>Byte-level pairs whose words end with a mark, lower case, as CLIP cuts text.</summary>
    private static string ClipTokenizer(out IReadOnlyDictionary<string, int> vocabulary)
    {
        const string end = "</w>";
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var merges = new List<string>();
        foreach (var letter in "abcdefghijklmnopqrstuvwxyz0123456789.,!?'-")
        {
            ids.TryAdd($"{letter}", ids.Count);
            ids.TryAdd($"{letter}{end}", ids.Count);
        }

        foreach (var word in s_words)
        {
            for (var length = 2; length <= word.Length; length++)
            {
                var (left, right) = (word[..(length - 1)], $"{word[length - 1]}{(length == word.Length ? end : "")}");
                if (ids.TryAdd(left + right, ids.Count))
                {
                    merges.Add($"{left} {right}");
                }
            }
        }

        var (start, stop) = (ids.Count, ids.Count + 1);
        ids.Add("<|startoftext|>", start);
        ids.Add("<|endoftext|>", stop);
        vocabulary = ids;
        var model = JsonSerializer.Serialize(new { type = "BPE", unk_token = "<|endoftext|>", continuing_subword_prefix = "", end_of_word_suffix = end, fuse_unk = false, vocab = ids, merges });
        return $$$"""
            {"version":"1.0","truncation":null,"padding":null,
             "added_tokens":[{"id":{{{start}}},"content":"<|startoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":true},
                             {"id":{{{stop}}},"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]},
             "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"},"behavior":"Removed","invert":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}]},
             "post_processor":{"type":"RobertaProcessing","sep":["<|endoftext|>",{{{stop}}}],"cls":["<|startoftext|>",{{{start}}}],"trim_offsets":false,"add_prefix_space":false},
             "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
             "model":{{{model}}}}
            """;
    }

    /// <summary>Whole words between spaces; the tokens given come first, in order, and are special where they look so.</summary>
    private static Dictionary<string, int> WordTokenizer(string folder, params string[] tokens)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in tokens.Concat(s_words))
        {
            ids.TryAdd(token, ids.Count);
        }

        var added = tokens.Where(static token => token.StartsWith('<')).Select(token => new { id = ids[token], content = token, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true });
        Put(folder, "tokenizer.json", $$"""
            {"version":"1.0","added_tokens":{{JsonSerializer.Serialize(added)}},
             "pre_tokenizer":{"type":"Split","pattern":{"String":" "},"behavior":"Removed","invert":false},
             "model":{{JsonSerializer.Serialize(new { type = "WordLevel", unk_token = "<unk>", vocab = ids })}}}
            """);
        return ids;
    }

    private static void Put(string folder, string name, string content)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, name), content);
    }

    private static void Save(string folder, string name, ProtoMessage network)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = File.Create(path);
        network.WriteTo(stream);
    }
}
