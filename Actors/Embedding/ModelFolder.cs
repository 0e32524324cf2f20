using System.Collections.Frozen;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Embedding.Folders;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Actors.Embedding.Outputs;
using Sluice.Actors.Embedding.Visual;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

/// <summary>
/// A model on disk in the Hugging Face layout: <c>model.onnx</c> (or <c>onnx/model.onnx</c>, or variants of it) and <c>tokenizer.json</c> (or <c>vocab.txt</c>), and where present
/// <c>config.json</c>, <c>modules.json</c> with the folders it names, <c>sentence_bert_config.json</c>, <c>config_sentence_transformers.json</c>,
/// <c>tokenizer_config.json</c> and <c>artifact.metadata</c>, which say how its output is used. A model that embeds images has <c>preprocessor_config.json</c> and
/// <c>pixel_values</c> among its inputs, or <c>text_model.onnx</c> and <c>vision_model.onnx</c>. Only looked at, not loaded. Immutable.
/// </summary>
public sealed partial class ModelFolder
{
    private readonly Lazy<LateInteractionTokens> _lateTokens;
    private readonly Lazy<DenseLayer[]> _layers;
    private readonly Lazy<ITokenizer> _tokenizer;
    private readonly Lazy<VisualPrompts> _prompts;
    private readonly NetworkOutput _output;
    private readonly FolderSettings _settings;
    private readonly int _tokenPooling;

    private ModelFolder(string path, string network, EmbeddingModelInfo info, FolderSettings settings, NetworkOutput output, EmbeddingOptions options)
    {
        FolderPath = path;
        NetworkFile = network;
        Info = info;
        _output = output;
        _settings = settings;
        _tokenPooling = options.TokenPooling;
        _layers = new(() => [.. output.Layers.Select(static module => new DenseLayer(module))]);
        _lateTokens = new(() => LateInteractionTokens.Find(TokenizerFile!, settings.Late!, settings.MaskToken));
        _tokenizer = new(() => settings.Lowercases ? new LowercasingTokenizer(TokenizerLoader.Load(path)) : TokenizerLoader.Load(path));
        _prompts = new(() => new VisualPrompts(this, Tokenizer));
    }

    /// <summary>Its absolute path.</summary>
    public string FolderPath { get; }

    /// <summary>Path of the network.</summary>
    public string NetworkFile { get; }

    /// <summary>What there is to know of the model.</summary>
    public EmbeddingModelInfo Info { get; }

    /// <summary>Inputs of the network, all of them among <c>input_ids</c>, <c>attention_mask</c>, <c>token_type_ids</c> and <c>position_ids</c>; <c>pixel_values</c> as well where it embeds images and texts.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The output that is used.</summary>
    public string Output => _output.Name;

    /// <summary>How its token vectors become one.</summary>
    public PoolingMode Pooling => _output.Pooling;

    /// <summary>Whether the result is brought to unit length afterwards.</summary>
    public bool Normalizes => _settings.Normalizes || Info.Kind == EmbeddingKind.MultiVector;

    /// <summary>Number of token ids that the network takes, where the folder says so.</summary>
    public int? VocabularySize { get; private init; }

    /// <summary>Path of the file that decides how text is cut.</summary>
    public required string TokenizerFile { get; init; }

    /// <summary>Hash of the files that decide its output, before the user's settings count.</summary>
    internal string FilesFingerprint { get; private init; } = "";

    /// <summary>Where what was worked out about it is remembered; null for nowhere.</summary>
    internal string? CacheFolderPath { get; private init; }

    /// <summary>Rows of the network's table of token vectors; null when it was not recognized.</summary>
    internal long? TokenRows { get; private init; }

    /// <summary>Version of the standard operators that the network is written for; 0 when it does not say.</summary>
    internal int Opset { get; private init; }

    /// <summary>Names of the exports there are.</summary>
    internal IReadOnlyList<string> Variants => VisualPlan.VariantsOf(FolderPath) is { Count: > 0 } variants ? variants : [.. NetworkFiles.Find(FolderPath).Select(static export => export.Variant)];

    /// <summary>Most tokens of an input: of documents and of queries.</summary>
    internal int LongestInput => Math.Max(Info.MaxTokens, Late?.QueryLength ?? 0);

    /// <summary>Id of the padding token.</summary>
    internal int PadId => _settings.PadId is { } id and >= 0 && id < (VocabularySize ?? int.MaxValue) ? id : 0;

    /// <summary>Whether padding goes in front.</summary>
    internal bool PadsLeft => _settings.PadsLeft;

    /// <summary>Position of the first token.</summary>
    internal int FirstPosition => _settings.CountsPositionsFromPadding ? PadId + 1 : 0;

    /// <summary>Set for a late-interaction model.</summary>
    internal LateInteractionSettings? Late => Info.Kind == EmbeddingKind.MultiVector ? _settings.Late : null;

    /// <summary>The tokens of a late-interaction model; looked up at first use.</summary>
    /// <exception cref="ModelException">The tokenizer lacks one.</exception>
    internal LateInteractionTokens LateTokens => _lateTokens.Value;

    /// <summary>A token that stands at the end of queries and is not seen by the others; null for none.</summary>
    internal int? HiddenInQueries => Late is { AttendsToExpansion: false } ? LateTokens.Expansion : null;

    /// <summary>Its tokenizer, as the files have it; read at first use.</summary>
    /// <exception cref="ModelException">It cannot be read or is of a type that is not supported.</exception>
    internal ITokenizer Tokenizer => _tokenizer.Value;

    /// <summary>What the files say.</summary>
    internal FolderSettings Settings => _settings;

    /// <summary>What is done with the network's output.</summary>
    internal NetworkOutput Plan => _output;

    /// <summary>Vectors of a document that become one.</summary>
    internal int TokenPooling => _tokenPooling;

    /// <summary>Looks at a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="cacheFolder">Where to remember its fingerprint, so that the next start need not hash its files; null to hash them now.</param>
    /// <param name="options">Which export is wanted, and what of its output; null for the defaults.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelException">It cannot be used; the message names the file and what is wrong with it.</exception>
    public static ModelFolder Open(string path, string? cacheFolder = null, EmbeddingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new EmbeddingOptions();
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            throw new ModelException($"{folder}: there is no such folder. 'sluice models' lists the models that are there.");
        }

        if (VisualPlan.FindPair(folder, options.Variant) is { } pair)
        {
            return OpenVisual(folder, pair.Texts, OnnxModelHeader.Read(pair.Texts), pair.Images, OnnxModelHeader.Read(pair.Images), cacheFolder, options);
        }

        var network = NetworkFiles.Choose(folder, options.Variant);
        var tokenizer = TokenizerLoader.FindFile(folder);
        var header = OnnxModelHeader.Read(network);
        if (header.Inputs.Any(static input => input.Name == VisualPlan.Pixels))
        {
            return OpenVisual(folder, network, header, network, header, cacheFolder, options);
        }

        var inputs = NetworkInputs.Check(network, header);
        var external = NetworkFiles.CheckExternal(network, header);
        var settings = FolderSettings.Read(folder);
        settings.Override(options.Output);
        var output = NetworkOutput.Choose(folder, network, header, settings, options);
        var files = FolderFingerprint.Of(folder, network, [.. external, .. settings.Files.Select(name => Path.Combine(folder, name))], cacheFolder);
        var fingerprint = FolderFingerprint.With(files, output.Kind, options);
        var info = new EmbeddingModelInfo(Path.GetFileName(folder), fingerprint, output.Kind, output.Dimension, settings.MaxTokens, output.Kind == EmbeddingKind.Dense ? settings.Distance : Distance.Dot)
        {
            QueryPrompt = settings.QueryPrompt,
            DocumentPrompt = settings.DocumentPrompt,
        };
        return new ModelFolder(folder, network, info, settings, output, options)
        {
            FilesFingerprint = files,
            Inputs = inputs,
            TokenizerFile = tokenizer,
            CacheFolderPath = cacheFolder,
            TokenRows = header.TokenRows,
            Opset = header.Opset,
            VocabularySize = IdsOf(settings, header),
        };
    }

    /// <summary>Pooling as a part of the network; null where that cannot be.</summary>
    internal NetworkPooling? NetworkPooling => NetworkPooling.For(_output, _settings.Sparse, Opset);

    /// <summary>Makes what reads the network's output; reads the weights of linear layers at the first call.</summary>
    /// <param name="isPooled">Whether the network pools with <see cref="NetworkPooling"/>.</param>
    /// <exception cref="ModelException">These cannot be read, or the tokenizer lacks a token that the model needs.</exception>
    internal OutputReader CreateReader(bool isPooled) => Info.Kind switch
    {
        EmbeddingKind.MultiVector when Visual is not null => new MultiVectorReader([], FrozenSet<int>.Empty, pooling: 1) { PerToken = true, Width = _output.Width },
        EmbeddingKind.MultiVector => new MultiVectorReader(_layers.Value, LateTokens.Skip, _tokenPooling) { PerToken = true, Width = _output.Width },
        EmbeddingKind.Sparse => new SparseReader(_settings.Sparse!, isPooled) { PerToken = _output.PerToken && !isPooled, Width = _output.Width },
        _ => new DenseReader(isPooled ? PoolingMode.None : Pooling, _layers.Value, Info.Dimension, Normalizes) { PerToken = _output.PerToken && !isPooled, Width = _output.Width },
    };

    /// <summary>Number of token ids that may be given; null when it is not known.</summary>
    private static int? IdsOf(FolderSettings settings, OnnxModelHeader header) =>
        Math.Min(settings.VocabularySize ?? long.MaxValue, header.TokenRows ?? long.MaxValue) is var ids and > 0 and < int.MaxValue ? (int)ids : null;
}
