using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Embedding.Folders;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

/// <summary>
/// A model on disk in the Hugging Face layout: <c>model.onnx</c> (or <c>onnx/model.onnx</c>) and <c>tokenizer.json</c> (or <c>vocab.txt</c>), and where present <c>config.json</c>,
/// <c>modules.json</c>, <c>1_Pooling/config.json</c>, <c>sentence_bert_config.json</c>, <c>config_sentence_transformers.json</c> and <c>tokenizer_config.json</c>,
/// which say how its output is used. Only looked at, not loaded. Immutable.
/// </summary>
public sealed class ModelFolder
{
    private const int Int64 = OnnxGraphBuilder.Int64;
    private static readonly string[] Networks = ["model.onnx", "onnx/model.onnx"];
    private static readonly string[] KnownInputs = ["input_ids", "attention_mask", "token_type_ids", "position_ids"];
    private static readonly string[] PooledOutputs = ["sentence_embedding", "embeddings", "pooled_embedding"];
    private static readonly string[] TokenOutputs = ["token_embeddings", "last_hidden_state", "output_0"];

    private ModelFolder(string path, string network, EmbeddingModelInfo info, FolderSettings settings, IReadOnlyList<string> inputs, string output, PoolingMode pooling)
    {
        FolderPath = path;
        NetworkFile = network;
        Info = info;
        Inputs = inputs;
        Output = output;
        Pooling = pooling;
        Normalizes = settings.Normalizes;
        VocabularySize = settings.VocabularySize;
        Origins = settings.Origins;
    }

    /// <summary>Its absolute path.</summary>
    public string FolderPath { get; }

    /// <summary>Path of the network.</summary>
    public string NetworkFile { get; }

    /// <summary>What there is to know of the model.</summary>
    public EmbeddingModelInfo Info { get; }

    /// <summary>Inputs of the network, all of them among <c>input_ids</c>, <c>attention_mask</c>, <c>token_type_ids</c> and <c>position_ids</c>.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>The output that is used.</summary>
    public string Output { get; }

    /// <summary>How its token vectors become one.</summary>
    public PoolingMode Pooling { get; }

    /// <summary>Whether the result is brought to unit length afterwards.</summary>
    public bool Normalizes { get; }

    /// <summary>Number of token ids, where the folder says so.</summary>
    public int? VocabularySize { get; }

    /// <summary>Path of the file that decides how text is cut.</summary>
    public required string TokenizerFile { get; init; }

    /// <summary>Which file said what, by the name of the setting.</summary>
    internal IReadOnlyDictionary<string, string> Origins { get; }

    /// <summary>Looks at a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="cacheFolder">Where to remember its fingerprint, so that the next start need not hash its files; null to hash them now.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelException">It cannot be used; the message names the file and what is wrong with it.</exception>
    public static ModelFolder Open(string path, string? cacheFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            throw new ModelException($"{folder}: there is no such folder. 'sluice models' lists the models that are there.");
        }

        var network = Networks.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new ModelException($"{folder}: there is no {string.Join(" and no ", Networks)}. Export the model to ONNX, or download the ONNX files with it.");
        var tokenizer = TokenizerLoader.FindFile(folder);

        var header = OnnxModelHeader.Read(network);
        var inputs = CheckInputs(network, header);
        var settings = FolderSettings.Read(folder);
        var output = ChooseOutput(network, header);
        var isPooled = output.Shape is { Count: 2 };
        if (!isPooled && settings.UnsupportedModule is { } module)
        {
            throw new ModelException($"{Path.Combine(folder, "modules.json")}: it asks for {module} after pooling, which Sluice does not do. Export the network with it included.");
        }

        var dimension = output.Shape is { } shape && shape[^1] > 0 ? (int)shape[^1] : settings.Dimension
            ?? throw new ModelException($"{network}: neither the output '{output.Name}' nor config.json ('hidden_size') tells the number of components.");
        var info = new EmbeddingModelInfo(Path.GetFileName(folder), FolderFingerprint.Of(folder, network, cacheFolder), EmbeddingKind.Dense, dimension, settings.MaxTokens, settings.Distance)
        {
            QueryPrompt = settings.QueryPrompt,
            DocumentPrompt = settings.DocumentPrompt,
        };
        return new ModelFolder(folder, network, info, settings, inputs, output.Name, isPooled ? PoolingMode.None : settings.Pooling) { TokenizerFile = tokenizer };
    }

    private static List<string> CheckInputs(string network, OnnxModelHeader header)
    {
        var inputs = new List<string>();
        foreach (var input in header.Inputs)
        {
            if (!KnownInputs.Contains(input.Name, StringComparer.Ordinal))
            {
                throw new ModelException($"{network}: it wants the input '{input.Name}', which Sluice does not know; it gives {string.Join(", ", KnownInputs)}. Is this a text embedding model?");
            }

            if (input.ElementType != Int64)
            {
                throw new ModelException($"{network}: the input '{input.Name}' is not of 64-bit integers. Export the model again with the usual input types.");
            }

            inputs.Add(input.Name);
        }

        return inputs.Contains(KnownInputs[0])
            ? inputs
            : throw new ModelException($"{network}: it has no input 'input_ids', so it is not a text embedding model.");
    }

    private static OnnxValue ChooseOutput(string network, OnnxModelHeader header)
    {
        var output = PooledOutputs.Concat(TokenOutputs).Select(name => header.Outputs.FirstOrDefault(output => output.Name == name)).FirstOrDefault(static output => output is not null)
            ?? (header.Outputs.Count > 0 ? header.Outputs[0] : throw new ModelException($"{network}: it has no output."));
        if (output.ElementType != OnnxGraphBuilder.Float)
        {
            throw new ModelException($"{network}: the output '{output.Name}' is not of 32-bit floats. Export the model with 32-bit outputs.");
        }

        return output.Shape is { Count: 2 or 3 }
            ? output
            : throw new ModelException($"{network}: the output '{output.Name}' has {output.Shape?.Count ?? 0} dimensions; one vector a text (2) or one a token (3) can be used.");
    }
}
