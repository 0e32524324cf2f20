using System.Threading.Channels;
using Sluice.Actors.Embedding.Outputs;
using Sluice.Streams.Chunks;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>
/// Embeds texts of many callers with one session: whatever waits when the session is free, whoever's it is, is packed into the next batch by length. What may wait is
/// bounded in tokens; beyond that callers are refused at once. Safe for concurrent use. Owns its session, not the model.
/// </summary>
public sealed class EmbeddingService : IEmbeddingService
{
    private readonly EmbeddingModel _model;
    private readonly OnnxEmbedder _embedder;
    private readonly Func<ReadOnlyMemory<int>[], bool, CancellationToken, ValueTask<IReadOnlyList<Embedding>>> _embed;
    private readonly Channel<WaitingText> _arrived = Channel.CreateUnbounded<WaitingText>(new UnboundedChannelOptions { SingleReader = true });
    private readonly WaitingTexts _waiting = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _worker;
    private readonly BatchBudget _budget;
    private readonly long _maxWaiting;
    private long _waitingTokens;

    /// <summary>Creates it; the network is loaded by the first text.</summary>
    /// <param name="model">The model; must stay open.</param>
    /// <param name="batchTokens">Most padded tokens of a batch; 0 for as many as turn out to be best.</param>
    /// <param name="maxWaitingTokens">Most tokens that wait or are under way, from 1; a single call is always let in when nothing waits.</param>
    public EmbeddingService(EmbeddingModel model, int batchTokens, long maxWaitingTokens)
        : this(model, batchTokens, maxWaitingTokens, null)
    {
    }

    /// <summary>Creates one whose batches somebody else computes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batchTokens">Most padded tokens of a batch.</param>
    /// <param name="maxWaitingTokens">Most tokens that wait.</param>
    /// <param name="embed">Computes a batch of queries (true) or documents; null for the model's network.</param>
    internal EmbeddingService(
        EmbeddingModel model, int batchTokens, long maxWaitingTokens, Func<ReadOnlyMemory<int>[], bool, CancellationToken, ValueTask<IReadOnlyList<Embedding>>>? embed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(batchTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWaitingTokens, 1);
        _model = model;
        _budget = BatchBudget.Of(batchTokens);
        _maxWaiting = maxWaitingTokens;
        _embedder = model.CreateLoneEmbedder();
        _embed = embed ?? ((ids, areQueries, token) => areQueries ? _embedder.EmbedQueriesAsync(ids, token) : _embedder.EmbedAsync(ids, token));
        _worker = Task.Run(WorkAsync);
    }

    /// <summary>Tokens that wait or are under way.</summary>
    public long WaitingTokens => Interlocked.Read(ref _waitingTokens);

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<Embedding> Embeddings, long Tokens)> EmbedAsync(IReadOnlyList<string> texts, bool areQueries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var buffer = new TokenBuffer();
        var items = new WaitingText[texts.Count];
        long tokens = 0;
        for (var i = 0; i < items.Length; i++)
        {
            var ids = areQueries ? _model.EncodeQuery(texts[i], buffer) : _model.Encode(_model.Info.DocumentPrompt + texts[i], buffer);
            items[i] = new WaitingText(ids, areQueries, cancellationToken);
            tokens += ids.Length;
        }

        Enter(items.Sum(static item => item.Weight));
        foreach (var item in items)
        {
            Add(item);
        }

        var embeddings = new Embedding[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            embeddings[i] = await items[i].Result.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return (embeddings, tokens);
    }

    /// <inheritdoc/>
    public async Task<Embedding> EmbedQuestionAsync(string question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        var item = new WaitingText(_model.EncodeQuery(question, new TokenBuffer()), isQuery: true, cancellationToken) { IsUrgent = true };
        Interlocked.Add(ref _waitingTokens, item.Weight);
        Add(item);
        return await item.Result.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Embedding Shorten(Embedding embedding, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        var values = embedding is DenseEmbedding dense ? dense.Values : throw new ArgumentException("only a dense vector can be cut", nameof(embedding));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, values.Length);
        if (dimensions == values.Length)
        {
            return embedding;
        }

        var kept = values.Span[..dimensions].ToArray();
        if (_model.Folder.Normalizes || OutputReader.IsUnit(values.Span))
        {
            OutputReader.Normalize(kept);
        }

        return new DenseEmbedding(kept);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _arrived.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _worker.ConfigureAwait(false);
        await _embedder.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private void Add(WaitingText item)
    {
        if (!_arrived.Writer.TryWrite(item))
        {
            Leave(item).TrySetException(new ObjectDisposedException(nameof(EmbeddingService)));
        }
    }

    private void Enter(long tokens)
    {
        var before = Interlocked.Add(ref _waitingTokens, tokens) - tokens;
        if (before > 0 && before + tokens > _maxWaiting)
        {
            Interlocked.Add(ref _waitingTokens, -tokens);
            throw new Sluice.Streams.Failures.TransientException($"{before:N0} tokens wait to be embedded, and at most {_maxWaiting:N0} may. Come again, with fewer texts at once.", TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>A text makes room for others when the worker is done with it, not when its caller has gone: until then it takes memory.</summary>
    private TaskCompletionSource<Embedding> Leave(WaitingText item)
    {
        Interlocked.Add(ref _waitingTokens, -item.Weight);
        return item.Result;
    }

    private async Task WorkAsync()
    {
        try
        {
            while (_waiting.Count > 0 || await _arrived.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                while (_arrived.Reader.TryRead(out var item))
                {
                    _waiting.Add(item);
                }

                _waiting.Sweep(item => Leave(item).TrySetCanceled(item.CancellationToken));
                if (_waiting.Count > 0)
                {
                    await RunAsync(_waiting.Take(_budget.Tokens)).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever still waits is told below.
        }

        while (_arrived.Reader.TryRead(out var item))
        {
            _waiting.Add(item);
        }

        _waiting.TakeAll(item => Leave(item).TrySetException(new ObjectDisposedException(nameof(EmbeddingService))));
    }

    private async Task RunAsync(List<WaitingText> batch)
    {
        ReadOnlyMemory<int>[] ids = [.. batch.Select(static item => (ReadOnlyMemory<int>)item.Ids)];
        var padded = ids.Length * ids.Max(static text => text.Length);
        var begun = TimeProvider.System.GetTimestamp();
        try
        {
            var embeddings = await _embed(ids, batch[0].IsQuery, _stop.Token).ConfigureAwait(false);
            _budget.Ran(ids.Sum(static text => text.Length), padded, TimeProvider.System.GetElapsedTime(begun));
            for (var i = 0; i < batch.Count; i++)
            {
                Leave(batch[i]).TrySetResult(embeddings[i]);
            }
        }
        catch (Exception exception) when (batch.Count > 1 && exception is (Sluice.Streams.Failures.EmbedderOutOfMemoryException or ArgumentException))
        {
            if (exception is Sluice.Streams.Failures.EmbedderOutOfMemoryException)
            {
                _budget.Refused(padded);
            }

            // Too large together, or one of them cannot be: halves tell which.
            await RunAsync(batch[..(batch.Count / 2)]).ConfigureAwait(false);
            await RunAsync(batch[(batch.Count / 2)..]).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Whoever asked is told; one caller's failure is not the others', so the worker goes on.
            batch.ForEach(item => Leave(item).TrySetException(exception));
        }
    }
}
