using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>
/// Deletes and relocates by the policy that writes have: what may pass is waited for, what the sink refuses is isolated by bisection, so that one record never holds up the others and
/// never ends the run. Every item ends done or refused, with the sink's words. Safe for concurrent use.
/// </summary>
internal sealed class SinkEdits(SinkCalls calls, PipelineOptions options, TimeProvider time)
{
    /// <summary>Failures that may pass after which a request is halved: one item may be what the server breaks on.</summary>
    private const int TriesOfOneSize = 6;

    /// <summary>Failures that may pass of a single item, with other writes taken in between each time, after which it is given up.</summary>
    private const int TriesOfOneItem = 12;

    /// <summary>Items of a call that are asked for one by one while the sink refuses each: then it is not the items that it minds, and the rest is refused with them.</summary>
    private const int MostAskedAlone = 32;

    private const int IdPage = 1_000;

    /// <summary>Deletes chunks.</summary>
    public Task<IReadOnlyList<Refusal<ChunkId>>> DeleteAsync(IReadOnlyList<ChunkId> chunks, CancellationToken cancellationToken) =>
        EditAsync(chunks, (page, ct) => calls.Sink.DeleteAsync(page, ct), cancellationToken);

    /// <summary>Deletes all chunks of documents; those of one that the sink refuses as a whole are deleted by their ids.</summary>
    public async Task<IReadOnlyList<Refusal<DocumentId>>> DeleteDocumentsAsync(IReadOnlyList<DocumentId> documents, CancellationToken cancellationToken)
    {
        var refused = await EditAsync(documents, (page, ct) => calls.Sink.DeleteDocumentsAsync(page, ct), cancellationToken);
        var stay = new List<Refusal<DocumentId>>();
        foreach (var refusal in refused)
        {
            if (stay.Count >= MostAskedAlone || await DeleteByIdsAsync(refusal.Item, cancellationToken) is not null)
            {
                stay.Add(refusal);
            }
        }

        return stay;
    }

    /// <summary>Updates place and headings of a document's chunks; a chunk for which the sink refuses that is written anew, with the embedding that it has there.</summary>
    public async Task<IReadOnlyList<Refusal<Chunk>>> RelocateAsync(DocumentId document, string uri, IReadOnlyList<Chunk> chunks, SinkWriter writer, CancellationToken cancellationToken)
    {
        var refused = await EditAsync(chunks, (page, ct) => calls.Sink.RelocateAsync(page, ct), cancellationToken);
        if (refused.Count == 0 || !calls.Sink.Capabilities.ReturnsExactVectors)
        {
            return refused;
        }

        var stay = new List<Refusal<Chunk>>();
        var reader = new StoredEmbeddings(calls);
        foreach (var page in refused.Chunk(IdPage))
        {
            var embeddings = await reader.FetchAsync([.. page.Select(static refusal => refusal.Item.Id)], cancellationToken);
            var records = page.Where(refusal => embeddings.ContainsKey(refusal.Item.Id)).Select(refusal => new VectorRecord(document, uri, refusal.Item, embeddings[refusal.Item.Id])).ToList();
            var failures = records.Count == 0 ? [] : await writer.WriteAsync(records, cancellationToken);
            var failed = failures.Select(static failure => failure.Chunk.Id).ToHashSet();
            stay.AddRange(page.Where(refusal => !embeddings.ContainsKey(refusal.Item.Id) || failed.Contains(refusal.Item.Id)));
        }

        return stay;
    }

    /// <summary>Deletes the chunks of a document one page of ids after the other.</summary>
    /// <returns>Why some of it stays; null when all of it is gone.</returns>
    private async Task<string?> DeleteByIdsAsync(DocumentId document, CancellationToken cancellationToken)
    {
        try
        {
            var ids = await calls.ReadAsync(async (sink, ct) => await ListAsync(sink, document, ct), cancellationToken);
            return (await DeleteAsync(ids, cancellationToken)) is [var first, ..] ? first.Why : null;
        }
        catch (Exception exception) when (exception is RequestRefusedException or RequestTooLargeException)
        {
            return exception.Message;
        }
    }

    private static async Task<List<ChunkId>> ListAsync(IVectorSink sink, DocumentId document, CancellationToken cancellationToken)
    {
        var ids = new List<ChunkId>();
        await foreach (var page in sink.ListIdsAsync(document, cancellationToken))
        {
            ids.AddRange(page.Select(static stored => stored.Chunk));
        }

        return ids;
    }

    private async Task<IReadOnlyList<Refusal<T>>> EditAsync<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, CancellationToken, Task> edit, CancellationToken cancellationToken)
    {
        var call = new Call<T>(edit);
        if (items.Count > 0)
        {
            await EditAsync(items, call, cancellationToken);
        }

        return call.Refused;
    }

    private async Task EditAsync<T>(IReadOnlyList<T> items, Call<T> call, CancellationToken cancellationToken)
    {
        if (call.GivenUp is { } why)
        {
            call.Refuse(items, why);
            return;
        }

        var (takenBefore, passedBy) = (calls.Taken, 0);
        for (var attempt = 1; ; attempt++)
        {
            switch (await calls.TryWriteAsync(() => call.Edit(items, cancellationToken), items.Count, cancellationToken))
            {
                case null:
                    call.Done = true;
                    return;
                case TransientException transient when items.Count > 1 && !transient.IsThrottling && attempt % TriesOfOneSize == 0:
                    await HalveAsync(items, call, cancellationToken);
                    return;
                case TransientException transient:
                    passedBy += items.Count == 1 && !transient.IsThrottling && calls.Taken > takenBefore ? 1 : 0;
                    takenBefore = calls.Taken;
                    if (passedBy >= TriesOfOneItem)
                    {
                        call.Refuse(items, $"it failed on it {attempt} times and took other writes in between, last: {transient.Message}");
                        return;
                    }

                    await calls.PauseAsync(transient, attempt, cancellationToken);
                    break;
                case var _ when items.Count > 1:
                    await HalveAsync(items, call, cancellationToken);
                    return;
                case var exception when exception is RequestRefusedException or RequestTooLargeException { IsCertain: true } || attempt >= options.Attempts:
                    call.Refuse(items, exception is SluiceException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}");
                    return;
                default:
                    await Task.Delay(Backoff.Delay(options, attempt), time, cancellationToken);
                    break;
            }
        }
    }

    private async Task HalveAsync<T>(IReadOnlyList<T> items, Call<T> call, CancellationToken cancellationToken)
    {
        var half = items.Count / 2;
        await EditAsync([.. items.Take(half)], call, cancellationToken);
        await EditAsync([.. items.Skip(half)], call, cancellationToken);
    }

    private sealed class Call<T>(Func<IReadOnlyList<T>, CancellationToken, Task> edit)
    {
        public List<Refusal<T>> Refused { get; } = [];

        public bool Done { get; set; }

        /// <summary>Why the rest is not asked for.</summary>
        public string? GivenUp => !Done && Refused.Count >= MostAskedAlone ? Refused[^1].Why : null;

        public Task Edit(IReadOnlyList<T> items, CancellationToken cancellationToken) => edit(items, cancellationToken);

        public void Refuse(IReadOnlyList<T> items, string why) => Refused.AddRange(items.Select(item => new Refusal<T>(item, why)));
    }
}

/// <summary>What a sink would not change, and why.</summary>
/// <param name="Item">What it was asked to change.</param>
/// <param name="Why">Its words.</param>
internal sealed record Refusal<T>(T Item, string Why);
