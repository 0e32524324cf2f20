using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Embedding.Folders;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>
/// A model ready for use: what there is to know of it, its tokenizer, and as many embedders as are wanted. Nothing is loaded before it is asked for.
/// Safe for concurrent use; whoever opens it disposes of it, and of the embedders that were created.
/// </summary>
public sealed class EmbeddingModel : IAsyncDisposable
{
    private readonly EmbeddingOptions _options;
    private readonly Lazy<ITokenizer> _tokenizer;
    private readonly Lazy<OnnxEmbedder> _queries;

    private EmbeddingModel(ModelFolder folder, EmbeddingOptions options)
    {
        Folder = folder;
        _options = options;
        _tokenizer = new(() => TokenizerLoader.Load(folder.FolderPath));
        _queries = new(() => new OnnxEmbedder(folder, options));
    }

    /// <summary>The folder it was opened from.</summary>
    public ModelFolder Folder { get; }

    /// <summary>What there is to know of it.</summary>
    public EmbeddingModelInfo Info => Folder.Info;

    /// <summary>Its tokenizer; read at first use.</summary>
    /// <exception cref="ModelException">It cannot be read or is of a type that is not supported.</exception>
    public ITokenizer Tokenizer => _tokenizer.Value;

    /// <summary>What was understood of the folder, and from which file. Reads the tokenizer.</summary>
    /// <returns>One entry a setting.</returns>
    /// <exception cref="ModelException">The tokenizer cannot be read or is of a type that is not supported.</exception>
    public IReadOnlyList<ModelFact> Describe() => ModelFacts.Of(Folder, Tokenizer);

    /// <summary>Opens a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <returns>The model.</returns>
    public static EmbeddingModel Open(ModelFolder folder, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new EmbeddingModel(folder, options ?? new EmbeddingOptions());
    }

    /// <summary>A new embedder with a session of its own, loaded by its first batch. The caller disposes of it.</summary>
    /// <returns>The embedder.</returns>
    public OnnxEmbedder CreateEmbedder() => new(Folder, _options);

    /// <summary>Embeds a question: with the model's prompt for queries, cut to what the model takes.</summary>
    /// <param name="text">The question.</param>
    /// <param name="cancellationToken">Abandons it.</param>
    /// <returns>Its embedding.</returns>
    public async ValueTask<Embedding> EmbedQueryAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        var embedder = _queries.Value;

        // Loading the network takes several times as long as reading the tokenizer; one need not wait for the other.
        var loading = embedder.LoadAsync(cancellationToken);
        var ids = Encode(Info.QueryPrompt + text, new TokenBuffer());
        await loading.ConfigureAwait(false);
        var embeddings = await embedder.EmbedAsync([ids], cancellationToken).ConfigureAwait(false);
        return embeddings[0];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _queries.IsValueCreated ? _queries.Value.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Token ids of a text, cut to what the model takes; the marks at the end stay.</summary>
    internal int[] Encode(string text, TokenBuffer tokens)
    {
        Tokenizer.Encode(text, tokens);
        if (tokens.Count <= Info.MaxTokens)
        {
            return tokens.Ids.ToArray();
        }

        var marks = 0;
        while (marks < Tokenizer.SpecialTokenCount && tokens.Starts[^(marks + 1)] == text.Length)
        {
            marks++;
        }

        return [.. tokens.Ids[..(Info.MaxTokens - marks)], .. tokens.Ids[^marks..]];
    }
}
