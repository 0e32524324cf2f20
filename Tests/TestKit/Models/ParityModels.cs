using System.Text.Json;

namespace Sluice.TestKit.Models;

/// <summary>
/// Model folders that are compared with transformers.js: a <see cref="RandomEncoder"/> with a tokenizer, and the settings of each kind of output. The files are the same
/// wherever they are written, so vectors that were computed once can be compared with.
/// </summary>
public static class ParityModels
{
    /// <summary>Most tokens of a text.</summary>
    public const int MaxTokens = 64;

    /// <summary>Tokens of a late-interaction query.</summary>
    public const int QueryLength = 24;

    /// <summary>Components of a late-interaction vector.</summary>
    public const int Projected = 8;

    private const int Hidden = 32;

    /// <summary>The tokenizers: one a family.</summary>
    public static IReadOnlyList<string> Families { get; } = ["bert-uncased", "bpe-roberta", "unigram-xlmr"];

    /// <summary>Kinds of output with one vector a text.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["mean", "cls", "last", "lastLeft", "max", "weighted", "cut"];

    /// <summary>Components of <c>cut</c>.</summary>
    public static int Cut => 24;

    /// <summary>Writes a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="family">Its tokenizer's family.</param>
    /// <param name="tokenizer">Content of <c>tokenizer.json</c>.</param>
    /// <param name="kind">One of <see cref="Kinds"/>, <c>late</c> or <c>sparse</c>.</param>
    public static void Write(string folder, string family, byte[] tokenizer, string kind)
    {
        var bert = family.StartsWith("bert", StringComparison.Ordinal);
        Write(folder, family, tokenizer, kind, 6_700, bert ? ("[PAD]", 0) : ("<pad>", 1));
    }

    /// <summary>Writes a folder for any tokenizer.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="family">Its tokenizer's family.</param>
    /// <param name="tokenizer">Content of <c>tokenizer.json</c>.</param>
    /// <param name="kind">One of <see cref="Kinds"/>, <c>late</c> or <c>sparse</c>.</param>
    /// <param name="vocabulary">Rows of the table of token vectors.</param>
    /// <param name="pad">The token that short texts are filled up with.</param>
    public static void Write(string folder, string family, byte[] tokenizer, string kind, int vocabulary, (string Token, int Id) pad)
    {
        new RandomEncoder(vocabulary, Hidden) { Causal = kind.StartsWith("last", StringComparison.Ordinal), Scores = kind == "sparse", Positions = 128 }.Write(Path.Combine(folder, "onnx", "model.onnx"));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.json"), tokenizer);
        Put("tokenizer_config.json", $$"""{"tokenizer_class":"PreTrainedTokenizerFast","model_max_length":{{MaxTokens}},"pad_token":{{JsonSerializer.Serialize(pad.Token)}},"padding_side":"{{(kind == "lastLeft" ? "left" : "right")}}"}""");
        Put("config.json", $$"""{"model_type":"bert","architectures":["BertModel"],"hidden_size":{{Hidden}},"vocab_size":{{vocabulary}},"pad_token_id":{{pad.Id}},"max_position_embeddings":128}""");
        Put("sentence_bert_config.json", $$"""{"max_seq_length":{{MaxTokens}}}""");
        switch (kind)
        {
            case "late":
                WriteLate(folder, family);
                break;
            case "sparse":
                Put("modules.json", """[{"path":"","type":"sentence_transformers.sparse_encoder.models.MLMTransformer"},{"path":"1_SpladePooling","type":"sentence_transformers.sparse_encoder.models.SpladePooling"}]""");
                break;
            default:
                Put("modules.json", """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
                Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
                var mode = kind switch { "cls" => "cls_token", "last" or "lastLeft" => "lasttoken", "max" => "max_tokens", "weighted" => "weightedmean_tokens", _ => "mean_tokens" };
                Put("1_Pooling/config.json", $$"""{"word_embedding_dimension":{{Hidden}},"pooling_mode_{{mode}}":true}""");
                break;
        }

        void Put(string name, string content) => File.WriteAllText(Path.Combine(folder, name), content);
    }

    /// <summary>The projection of late-interaction vectors, row by row.</summary>
    public static float[] Projection()
    {
        var values = new float[Projected * Hidden];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((i * 7919 % 1000) / 500f) - 1;
        }

        return values;
    }

    private static void WriteLate(string folder, string family)
    {
        var (query, document) = family switch
        {
            "bert-uncased" => ("a", "e"),
            "bpe-roberta" => ("\u0106", "\u0107"),
            _ => ("\u2581{", "\u2581="),
        };
        File.WriteAllText(Path.Combine(folder, "modules.json"), """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Dense","type":"pylate.models.Dense.Dense"}]""");
        File.WriteAllText(
            Path.Combine(folder, "config_sentence_transformers.json"),
            $$"""{"query_prefix":"{{query}}","document_prefix":"{{document}}","query_length":{{QueryLength}},"document_length":{{MaxTokens + 1}},"attend_to_expansion_tokens":false,"skiplist_words":["!",",",".","?"],"similarity_fn_name":"MaxSim"}""");
        SafeTensors.WriteLayer(Path.Combine(folder, "1_Dense"), Projection(), Hidden);
    }

    /// <summary>Texts of many lengths, in several scripts.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Where the random numbers begin.</param>
    public static string[] Texts(int count, int seed)
    {
        string[] words =
        [
            "the", "database", "writes", "vectors", "a", "checkpoint", "of", "memory", "flat", "and", "index,", "search", "when", "does", "it", "restart?", "Die", "Größe", "des", "Puffers.",
            "où", "est", "la", "bibliothèque", "¿qué", "pasa?", "память", "документ", "поиск", "max_wal_size", "42", "3.14", "HTTP/2", "naïve", "(see", "below)", "don't", "e-mail", "A100", "OK!",
        ];
        var state = (uint)seed;
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var length = 1 + (int)(Next() % (uint)(i % 3 == 0 ? 90 : 12));
            texts[i] = string.Join(' ', Enumerable.Range(0, length).Select(_ => words[Next() % (uint)words.Length]));
        }

        return texts;

        uint Next()
        {
            state = (state * 1_664_525) + 1_013_904_223;
            return state >> 8;
        }
    }
}
