using System.Runtime.CompilerServices;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Simulation.Tests.World;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>A database in memory, as one owner sees it. Refuses what its records' words say: <c>poison</c> cannot be stored, <c>stubborn</c> not be moved, <c>sticky</c> not be deleted.</summary>
internal sealed class SimulatedSink(SinkState state, Owner owner, Switchboard board, Func<bool> refuses) : IVectorSink
{
    public string Name => "simulated:sink";

    public SinkCapabilities Capabilities { get; } = new(8, 1 << 20, 2, [EmbeddingKind.Dense], [SearchMode.Vector]);

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) =>
        Call("Describe", null, fault => fault == FaultKind.NotThere ? null : state.Collection, cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => Call(
        "EnsureCollection",
        null,
        _ => state.Collection ??= new CollectionInfo(spec.Model.Name, spec.Model.Fingerprint, spec.Model.Kind, spec.Model.Dimension, spec.Model.Distance),
        cancellationToken);

    public Task DropCollectionAsync(CancellationToken cancellationToken) => Call(
        "DropCollection",
        null,
        _ =>
        {
            state.Write(static records => records.Clear());
            return state.Collection = null;
        },
        cancellationToken);

    public Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken) => Call<IReadOnlyList<ChunkFailure>>(
        "Upsert",
        records,
        fault =>
        {
            if (state.Collection is null)
            {
                throw new TransientException("there is no such collection");
            }

            switch (fault)
            {
                case FaultKind.TooLarge when records.Count > 1:
                    throw new RequestTooLargeException("too large");
                case FaultKind.Lost:
                    return [];
                case FaultKind.PartlyLost:
                    Put(records.Take(records.Count / 2));
                    return [];
                case FaultKind.Partly when records.Count > 1:
                    Put(records.Take(records.Count / 2));
                    throw new PartlyWrittenException([.. records.Skip(records.Count / 2)], [], new TransientException("the rest fails for now"));
            }

            if (refuses() && records.Any(static record => Says(record.Chunk, "poison")))
            {
                throw new RequestRefusedException("a record is refused");
            }

            Put(records);
            return [];
        },
        cancellationToken);

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => Call(
        "Relocate",
        chunks,
        fault =>
        {
            if (refuses() && chunks.Any(static chunk => Says(chunk, "stubborn")))
            {
                throw new RequestRefusedException("a record may not be moved");
            }

            if (fault != FaultKind.Lost)
            {
                state.Write(records =>
                {
                    foreach (var chunk in chunks)
                    {
                        if (records.TryGetValue(chunk.Id, out var record))
                        {
                            records[chunk.Id] = record with { Chunk = chunk };
                        }
                    }
                });
            }

            return true;
        },
        cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => Call(
        "Delete",
        ids,
        fault => Remove(fault, record => ids.Contains(record.Chunk.Id)),
        cancellationToken);

    public Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) => Call(
        "DeleteDocuments",
        documents,
        fault => Remove(fault, record => documents.Contains(record.Document)),
        cancellationToken);

    public Task MakeVisibleAsync(CancellationToken cancellationToken) => Call("MakeVisible", null, static _ => true, cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) => Call("Count", null, _ => state.Read(static records => (long)records.Count), cancellationToken);

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await Call<IReadOnlyList<StoredChunkId>>(
            "ListIds",
            document,
            _ => state.Read(records => records.Values.Where(record => document is null || record.Document == document).Select(static record => new StoredChunkId(record.Document, record.Chunk.Id)).ToList()),
            cancellationToken);
    }

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => Call<IReadOnlyDictionary<ChunkId, Embedding>>(
        "FetchEmbeddings",
        ids,
        _ => state.Read(records => ids.Where(records.ContainsKey).ToDictionary(static id => id, id => records[id].Embedding)),
        cancellationToken);

    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => Call<IReadOnlyList<VectorRecord>>(
        "ReadRecords",
        ids,
        _ => state.Read(records => ids.Where(records.ContainsKey).Select(id => records[id]).ToList()),
        cancellationToken);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken) => throw new NotSupportedException("nobody searches in a simulation");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool Says(Chunk chunk, string word) => chunk.Text.Contains(word, StringComparison.Ordinal);

    private void Put(IEnumerable<VectorRecord> records) => state.Write(held =>
    {
        foreach (var record in records)
        {
            held[record.Chunk.Id] = record with { Chunk = record.Chunk with { Tokens = default } };
        }
    });

    private bool Remove(FaultKind fault, Func<VectorRecord, bool> which)
    {
        var gone = state.Read(records => records.Values.Where(which).ToList());
        if (refuses() && gone.Exists(static record => Says(record.Chunk, "sticky")))
        {
            throw new RequestRefusedException("a record may not be deleted");
        }

        if (fault != FaultKind.Lost)
        {
            state.Write(records => gone.ForEach(record => records.Remove(record.Chunk.Id)));
        }

        return true;
    }

    private Task<T> Call<T>(string method, object? about, Func<FaultKind, T> work, CancellationToken cancellationToken) =>
        board.CallAsync(owner, $"sink.{method}", CallKey.Of(about), fault => Task.FromResult(work(fault)), cancellationToken);
}
