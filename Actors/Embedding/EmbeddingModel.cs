using Sluice.Actors.Embedding.Folders;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
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
    private readonly SharedSessions _shared = new();
    private int _created;

    private EmbeddingModel(ModelFolder folder, EmbeddingOptions options)
    {
        Folder = folder;
        _options = options;
        _tokenizer = new(() => LoadTokenizer(folder));
        _queries = new(() => new OnnxEmbedder(folder, options));
    }

    /// <summary>The folder it was opened from.</summary>
    public ModelFolder Folder { get; }

    /// <summary>What there is to know of it.</summary>
    public EmbeddingModelInfo Info => Folder.Info;

    /// <summary>What its embedders run on: <c>cpu</c>, <c>cuda:0, cuda:1</c>.</summary>
    /// <exception cref="ConfigurationException">The setting is wrong, or this build cannot run there.</exception>
    public string Devices => _options.DescribeDevices();

    /// <summary>Its tokenizer, which marks texts as documents where the model wants that; read at first use.</summary>
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

    /// <summary>Sessions that are meant to work at once, from 1.</summary>
    public int Sessions => _options.EffectiveSessions;

    /// <summary>
    /// A new embedder for one of <see cref="Sessions"/> batches that the model works on at once, on the next of the devices. They share the network, loaded by the first batch, and
    /// the threads. The caller disposes of it.
    /// </summary>
    /// <returns>The embedder.</returns>
    public OnnxEmbedder CreateEmbedder() => new(Folder, _options, NextNumber(), _shared);

    /// <summary>A new embedder that works alone: with a network and all the threads for itself. The caller disposes of it.</summary>
    internal OnnxEmbedder CreateLoneEmbedder() => new(Folder, _options, NextNumber(), null);

    /// <summary>Embeds a question: with the model's prompt for queries, cut to what the model takes.</summary>
    /// <param name="text">The question.</param>
    /// <param name="cancellationToken">Abandons it.</param>
    /// <returns>Its embedding.</returns>
    public async ValueTask<Embedding> EmbedQueryAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        var embedder = _queries.Value;

        // Loading the network takes several times as long as reading the tokenizer; one need not wait for the other.
        var loading = embedder.LoadQueriesAsync(cancellationToken);
        var ids = EncodeQuery(text, new TokenBuffer());
        await loading.ConfigureAwait(false);
        var embeddings = await embedder.EmbedQueriesAsync([ids], cancellationToken).ConfigureAwait(false);
        return embeddings[0];
    }

    /// <summary>Embeds a picture by which others are searched.</summary>
    /// <param name="image">The picture, as the model wants it (<see cref="ModelFolder.Images"/>).</param>
    /// <param name="cancellationToken">Abandons it.</param>
    /// <returns>Its embedding, comparable with those of pictures that were ingested.</returns>
    /// <exception cref="NotSupportedException">The model embeds text.</exception>
    public async ValueTask<Embedding> EmbedImageAsync(PreparedImage image, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        return (await _queries.Value.EmbedImagesAsync([image], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>
    /// Tries it on two texts, and on two images where it embeds such: that it loads, that what it gives has the right shape and is made of numbers, and that padding does not change it. What was tried is
    /// remembered in the cache folder, and not tried again while nothing of it changes.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When it is known to work.</returns>
    /// <exception cref="ModelException">It cannot be used.</exception>
    public Task CheckAsync(CancellationToken cancellationToken) => ModelTrial.RunAsync(this, _options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _queries.IsValueCreated ? _queries.Value.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Token ids of a document, cut to what the model takes; the marks at the end stay.</summary>
    internal int[] Encode(string text, TokenBuffer tokens) => Folder.Visual is null ? Encode(Tokenizer, text, Info.MaxTokens, tokens) : EncodeQuery(text, tokens);

    /// <summary>Token ids of a query: with the prompt for queries, cut to what the model takes; filled up where the model wants that.</summary>
    internal int[] EncodeQuery(string text, TokenBuffer tokens)
    {
        if (Folder.Visual is not null)
        {
            _ = Tokenizer; // Whether it belongs to the network.
            return Folder.Prompts.Encode(text, tokens);
        }

        var prompted = Info.QueryPrompt + text;
        if (Folder.Late is not { } late)
        {
            return Encode(Tokenizer, prompted, Info.MaxTokens, tokens);
        }

        var plain = Tokenizer is MarkedTokenizer marked ? marked.Inner : Tokenizer;
        var ids = Encode(Folder.LateTokens.QueryMarker is { } marker ? new MarkedTokenizer(plain, marker) : plain, prompted, late.QueryLength, tokens);
        if (Folder.LateTokens.Expansion is { } expansion && ids.Length < late.QueryLength)
        {
            var before = ids.Length;
            Array.Resize(ref ids, late.QueryLength);
            ids.AsSpan(before).Fill(expansion);
        }

        return ids;
    }

    /// <summary>Token ids of a text, cut; the marks at the end stay.</summary>
    internal static int[] Encode(ITokenizer tokenizer, string text, int limit, TokenBuffer tokens)
    {
        tokenizer.Encode(text, tokens);
        if (tokens.Count <= limit)
        {
            return tokens.Ids.ToArray();
        }

        var marks = 0;
        while (marks < tokenizer.SpecialTokenCount && tokens.Starts[^(marks + 1)] == text.Length)
        {
            marks++;
        }

        return [.. tokens.Ids[..(limit - marks)], .. tokens.Ids[^marks..]];
    }

    private int NextNumber() => (int)((uint)Interlocked.Increment(ref _created) - 1) & int.MaxValue;

    private static ITokenizer LoadTokenizer(ModelFolder folder)
    {
        var tokenizer = folder.Tokenizer;
        TokenizerVocabulary.Check(folder, tokenizer);
        return folder.Late is not null && folder.LateTokens.DocumentMarker is { } marker ? new MarkedTokenizer(tokenizer, marker) : tokenizer;
    }
}
