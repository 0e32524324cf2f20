using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>What the JSON files of a model folder say about using its network. All of them may be missing.</summary>
internal sealed class FolderSettings
{
    private const int UsualMaxTokens = 512;
    private const int NoLimit = 1_000_000;

    public PoolingMode Pooling { get; private set; } = PoolingMode.Mean;

    public bool Normalizes { get; private set; }

    public int MaxTokens { get; private set; }

    public int? Dimension { get; private set; }

    public int? VocabularySize { get; private set; }

    public Distance Distance { get; private set; } = Distance.Cosine;

    public string QueryPrompt { get; private set; } = "";

    public string DocumentPrompt { get; private set; } = "";

    /// <summary>Which file said what: by property, a path relative to the folder.</summary>
    public Dictionary<string, string> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>A module after pooling that is not supported; null for none.</summary>
    public string? UnsupportedModule { get; private set; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="ModelException">One is broken or asks for something that is not supported.</exception>
    public static FolderSettings Read(string folder)
    {
        var settings = new FolderSettings();
        int? positions = null;
        int? tokenizerLimit = null;
        int? sequence = null;
        var poolingFolder = "1_Pooling";
        Visit(folder, "modules.json", root => poolingFolder = settings.ReadModules(root) ?? poolingFolder);
        Visit(folder, poolingFolder + "/config.json", root =>
        {
            settings.ReadPooling(root, Path.Combine(folder, poolingFolder, "config.json"));
            settings.Origins[nameof(Pooling)] = poolingFolder + "/config.json";
        });
        Visit(folder, "config.json", root =>
        {
            settings.Dimension ??= Integer(root, "hidden_size");
            settings.VocabularySize = Integer(root, "vocab_size");
            positions = UsablePositions(root);
        });
        Visit(folder, "tokenizer_config.json", root => tokenizerLimit = Integer(root, "model_max_length"));
        Visit(folder, "sentence_bert_config.json", root => sequence = Integer(root, "max_seq_length"));
        Visit(folder, "config_sentence_transformers.json", root => settings.ReadSentenceTransformers(root, Path.Combine(folder, "config_sentence_transformers.json")));
        settings.SetMaxTokens(sequence, ("config.json", positions), ("tokenizer_config.json", tokenizerLimit), ("tokenizer.json", TruncationLimit.Read(Path.Combine(folder, "tokenizer.json"))));
        return settings;
    }

    /// <summary>What sentence-transformers was told decides; otherwise the least of what the others say.</summary>
    private void SetMaxTokens(int? sequence, params ReadOnlySpan<(string File, int? Limit)> others)
    {
        MaxTokens = UsualMaxTokens;
        if (sequence is > 0 and < NoLimit)
        {
            MaxTokens = sequence.Value;
            Origins[nameof(MaxTokens)] = "sentence_bert_config.json";
            return;
        }

        foreach (var (file, limit) in others)
        {
            if (limit is > 0 and < NoLimit && (limit < MaxTokens || !Origins.ContainsKey(nameof(MaxTokens))))
            {
                MaxTokens = limit.Value;
                Origins[nameof(MaxTokens)] = file;
            }
        }
    }

    private static void Visit(string folder, string name, Action<JsonElement> read)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file))
        {
            return;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            read(json.RootElement);
        }
        catch (JsonException e)
        {
            throw new ModelException($"{file}: line {e.LineNumber + 1} is not valid JSON. Download it again.", e);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelException($"{file}: it is not laid out as expected ({e.Message}). Download it again.", e);
        }
    }

    private static int? Integer(JsonElement root, string name)
        => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    /// <summary>RoBERTa and its kin count positions from the padding id on, which leaves two fewer.</summary>
    private static int? UsablePositions(JsonElement root)
    {
        var positions = Integer(root, "max_position_embeddings");
        return root.TryGetProperty("model_type", out var type) && type.GetString() is "roberta" or "xlm-roberta" or "camembert" or "mpnet" ? positions - 2 : positions;
    }

    private string? ReadModules(JsonElement root)
    {
        string? pooling = null;
        foreach (var module in root.EnumerateArray())
        {
            var type = module.GetProperty("type").GetString() ?? "";
            switch (type[(type.LastIndexOf('.') + 1)..])
            {
                case "Transformer":
                    break;
                case "Pooling":
                    pooling = module.GetProperty("path").GetString();
                    break;
                case "Normalize":
                    Normalizes = true;
                    Origins[nameof(Normalizes)] = "modules.json";
                    break;
                default:
                    UnsupportedModule ??= type;
                    break;
            }
        }

        return pooling;
    }

    private void ReadPooling(JsonElement root, string file)
    {
        Dimension = Integer(root, "word_embedding_dimension");
        var modes = root.EnumerateObject()
            .Where(static property => property.Name.StartsWith("pooling_mode_", StringComparison.Ordinal) && property.Value.ValueKind == JsonValueKind.True)
            .Select(static property => property.Name)
            .ToList();
        Pooling = modes switch
        {
            ["pooling_mode_mean_tokens"] => PoolingMode.Mean,
            ["pooling_mode_cls_token"] => PoolingMode.Cls,
            ["pooling_mode_lasttoken"] => PoolingMode.LastToken,
            [] => throw new ModelException($"{file}: no pooling mode is set. Set one of pooling_mode_mean_tokens, pooling_mode_cls_token, pooling_mode_lasttoken to true."),
            _ => throw new ModelException($"{file}: {string.Join(" + ", modes)} is not supported; pooling_mode_mean_tokens, pooling_mode_cls_token or pooling_mode_lasttoken alone is."),
        };
        if (root.TryGetProperty("include_prompt", out var include) && include.ValueKind == JsonValueKind.False)
        {
            throw new ModelException($"{file}: leaving the prompt out of pooling (include_prompt = false) is not supported.");
        }
    }

    private void ReadSentenceTransformers(JsonElement root, string file)
    {
        if (root.TryGetProperty("prompts", out var prompts) && prompts.ValueKind == JsonValueKind.Object)
        {
            Origins[nameof(QueryPrompt)] = Path.GetFileName(file);
            QueryPrompt = Prompt(prompts, "query") ?? "";
            DocumentPrompt = Prompt(prompts, "document") ?? Prompt(prompts, "passage") ?? "";
        }

        if (root.TryGetProperty("similarity_fn_name", out var similarity) && similarity.ValueKind == JsonValueKind.String)
        {
            Origins[nameof(Distance)] = Path.GetFileName(file);
            Distance = similarity.GetString() switch
            {
                "cosine" => Distance.Cosine,
                "dot" or "dot_product" => Distance.Dot,
                "euclidean" => Distance.Euclidean,
                var other => throw new ModelException($"{file}: similarity_fn_name = '{other}' is not supported; cosine, dot or euclidean is."),
            };
        }
    }

    private static string? Prompt(JsonElement prompts, string name)
        => prompts.TryGetProperty(name, out var prompt) && prompt.ValueKind == JsonValueKind.String ? prompt.GetString() : null;
}
