using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using static Sluice.Actors.Embedding.Folders.SettingsFile;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>What the JSON files of a model folder say about using its network. All of them may be missing.</summary>
internal sealed partial class FolderSettings
{
    private const int UsualMaxTokens = 512;
    private const int NoLimit = 1_000_000;

    private static readonly string[] s_transformerFiles = [.. ((string[])["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]).Select(static kind => $"sentence_{kind}_config.json")];
    private readonly string _folder;

    private FolderSettings(string folder) => _folder = folder;

    public PoolingMode Pooling { get; private set; } = PoolingMode.Mean;

    public bool Normalizes { get; private set; }

    public int MaxTokens { get; private set; }

    public int? Dimension { get; private set; }

    public int? VocabularySize { get; private set; }

    public Distance Distance { get; private set; } = Distance.Cosine;

    /// <summary>Whether texts are given to the tokenizer in small letters.</summary>
    public bool Lowercases { get; private set; }

    public string QueryPrompt { get; private set; } = "";

    public string DocumentPrompt { get; private set; } = "";

    /// <summary>Id of the padding token; null when no file says.</summary>
    public int? PadId { get; private set; }

    /// <summary>Whether padding goes in front.</summary>
    public bool PadsLeft { get; private set; }

    /// <summary>Whether positions are counted from the padding token's id on, as RoBERTa and its kin do.</summary>
    public bool CountsPositionsFromPadding { get; private set; }

    /// <summary>The token that stands for a hidden one; null when no file says.</summary>
    public string? MaskToken { get; private set; }

    /// <summary>The token that texts are filled up with; null when no file says.</summary>
    public string? PadToken { get; private set; }

    /// <summary>The token in front of texts; null when no file says.</summary>
    public string? BeginToken { get; private set; }

    /// <summary>Linear layers behind pooling, or behind the network where one vector a token is wanted.</summary>
    public IReadOnlyList<DenseModule> Dense => _dense;

    /// <summary>Set for a late-interaction model.</summary>
    public LateInteractionSettings? Late { get; private set; }

    /// <summary>Set for a sparse model.</summary>
    public SparseSettings? Sparse { get; private set; }

    /// <summary>Lengths that the model was trained to be cut to (Matryoshka); empty when no file says.</summary>
    public IReadOnlyList<int> MatryoshkaDimensions { get; private set; } = [];

    /// <summary>Which file said what: by property, a path relative to the folder.</summary>
    public Dictionary<string, string> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that were read, relative to the folder, weights of linear layers included.</summary>
    public IReadOnlySet<string> Files => _files;

    /// <summary>A module after pooling that is not supported; null for none.</summary>
    public string? UnsupportedModule { get; private set; }

    /// <summary>That the settings of pooling are missing although a file names them, as a message; null where they are not.</summary>
    public string? MissingPooling { get; private set; }

    /// <summary>The file in which sentence-transformers says how the network is fed. Older releases named it after the architecture.</summary>
    public string TransformerFile => Array.Find(s_transformerFiles, name => File.Exists(Path.Combine(_folder, name))) ?? s_transformerFiles[0];

    /// <summary>Reads the files.</summary>
    /// <exception cref="ModelException">One is broken or asks for something that is not supported.</exception>
    public static FolderSettings Read(string folder)
    {
        var settings = new FolderSettings(folder);
        int? positions = null;
        int? tokenizerLimit = null;
        int? sequence = null;
        settings.Visit("modules.json", settings.ReadModules);
        if (settings._poolingFolder is { } pooling)
        {
            settings.Visit(ConfigIn(pooling), root => settings.ReadPooling(root, ConfigIn(pooling)));
        }

        settings.Visit("config.json", root =>
        {
            settings.Dimension ??= Integer(root, "hidden_size") ?? Integer(root, "d_model") ?? Integer(root, "dim");
            settings.VocabularySize = Integer(root, "vocab_size");
            settings.PadId = Integer(root, "pad_token_id");
            settings.ReadArchitecture(root);
            settings.RequireSameWidth(root);
            positions = (Integer(root, "max_position_embeddings") ?? Integer(root, "n_positions")) - (settings.CountsPositionsFromPadding ? 2 : 0);
        });
        settings.Visit("tokenizer_config.json", root =>
        {
            tokenizerLimit = Integer(root, "model_max_length");
            settings.ReadTokenizerConfig(root);
        });
        settings.Visit(settings.TransformerFile, root =>
        {
            sequence = Integer(root, "max_seq_length");
            settings.Lowercases = Boolean(root, "do_lower_case") == true;
        });
        sequence = settings.RequireConsistent(sequence, positions);
        settings.Visit("artifact.metadata", settings.ReadArtifact);
        settings.Visit("config_sentence_transformers.json", settings.ReadSentenceTransformers);
        settings.SetMaxTokens(sequence, ("config.json", positions), ("tokenizer_config.json", tokenizerLimit), ("tokenizer.json", TruncationLimit.Read(Path.Combine(folder, "tokenizer.json"))));
        return settings;
    }

    /// <summary>Takes over what the files say of a model that embeds images.</summary>
    /// <param name="positions">Most tokens of a text.</param>
    /// <param name="padId">Id of the padding token.</param>
    /// <param name="queryPrompt">What stands in front of a query.</param>
    public void BeVisual(int? positions, int? padId, string queryPrompt)
    {
        if (positions < MaxTokens || (positions is not null && !Origins.ContainsKey(nameof(MaxTokens))))
        {
            MaxTokens = positions.Value;
            Origins[nameof(MaxTokens)] = "config.json";
        }

        PadId = padId ?? PadId;
        Normalizes = true;
        Distance = Distance.Cosine;
        QueryPrompt = queryPrompt;
        (Late, Sparse) = (null, null);
    }

    /// <summary>What sentence-transformers was told decides; otherwise the least of what the others say. A late-interaction model has a length for documents as well.</summary>
    private void SetMaxTokens(int? sequence, params ReadOnlySpan<(string File, int? Limit)> others)
    {
        MaxTokens = UsualMaxTokens;
        if (sequence is > 0 and < NoLimit)
        {
            MaxTokens = sequence.Value;
            Origins[nameof(MaxTokens)] = TransformerFile;
        }
        else
        {
            foreach (var (file, limit) in others)
            {
                if (limit is > 0 and < NoLimit && (limit < MaxTokens || !Origins.ContainsKey(nameof(MaxTokens))))
                {
                    MaxTokens = limit.Value;
                    Origins[nameof(MaxTokens)] = file;
                }
            }
        }

        if (Late is { DocumentLength: > 0 and var documents } && documents <= (others[0].Limit ?? documents))
        {
            MaxTokens = documents;
            Origins[nameof(MaxTokens)] = Origins[nameof(Late)];
        }
    }

    private void Visit(string name, Action<JsonElement> read)
    {
        if (SettingsFile.Visit(Path.Combine(_folder, name), read))
        {
            _files.Add(name);
        }
    }

    private void ReadArchitecture(JsonElement root)
    {
        CountsPositionsFromPadding = Text(root, "model_type") is "roberta" or "xlm-roberta" or "camembert" or "mpnet";
        if (root.TryGetProperty("matryoshka_dimensions", out var dimensions) && dimensions.ValueKind == JsonValueKind.Array)
        {
            MatryoshkaDimensions = [.. dimensions.EnumerateArray().Select(static dimension => dimension.GetInt32())];
        }

        if (root.TryGetProperty("architectures", out var architectures) && architectures.ValueKind == JsonValueKind.Array
            && architectures.EnumerateArray().Any(static name => name.GetString()?.Contains("ColBERT", StringComparison.OrdinalIgnoreCase) == true))
        {
            BeLate("config.json");
        }
    }

    private void ReadTokenizerConfig(JsonElement root)
    {
        MaskToken = Text(root, "mask_token");
        PadToken = Text(root, "pad_token");
        BeginToken = Text(root, "bos_token");
        if (Text(root, "padding_side") is { } side)
        {
            PadsLeft = side == "left";
            Origins[nameof(PadsLeft)] = "tokenizer_config.json";
        }
    }
}
