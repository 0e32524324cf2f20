using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

internal sealed partial class MilvusSink
{
    private const int IdsPerRequest = 1_000;

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        var collection = await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();
        var failures = new List<ChunkFailure>();
        var sendable = Fitting(RecordValidator.Sendable(records, collection, failures), failures);
        if (sendable.Count > 0)
        {
            await WriteAsync(sendable, cancellationToken).ConfigureAwait(false);
        }

        return failures;
    }

    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);

        // Titles and headings are searched by their words, which stand in one field with those of the text: what stays is read first.
        foreach (var page in chunks.Chunk(VectorsPerRequest))
        {
            var moved = new Dictionary<ChunkId, Chunk>(page.Length);
            foreach (var chunk in page)
            {
                moved[chunk.Id] = chunk;
            }

            var records = new List<VectorRecord>(moved.Count);
            foreach (var record in await ReadRecordsAsync([.. moved.Keys], cancellationToken).ConfigureAwait(false))
            {
                var now = moved[record.Chunk.Id];
                records.Add(record with { Chunk = record.Chunk with { Place = now.Place, HeadingPath = now.HeadingPath, Title = now.Title, Metadata = now.Metadata } });
            }

            if (records.Count > 0)
            {
                await WriteAsync(records, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in ids.Chunk(IdsPerRequest))
        {
            await DeleteAsync(MilvusFilters.Ids(page), cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in documents.Chunk(IdsPerRequest))
        {
            await DeleteAsync(MilvusFilters.Documents(page), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The records that fit into rows.</summary>
    private static IReadOnlyList<VectorRecord> Fitting(IReadOnlyList<VectorRecord> records, List<ChunkFailure> failures)
    {
        List<VectorRecord>? fitting = null;
        for (var i = 0; i < records.Count; i++)
        {
            if (EntityWriter.Refuse(records[i]) is { } rejection)
            {
                failures.Add(new ChunkFailure(records[i].Chunk, rejection));
                fitting ??= [.. records.Take(i)];
            }
            else
            {
                fitting?.Add(records[i]);
            }
        }

        return fitting ?? records;
    }

    /// <summary>Writes records, all or none.</summary>
    private async Task WriteAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        var stored = await RunAsync(
            _ => _client.CallAsync(
                "entities/upsert",
                writer => WriteRows(writer, records),
                retry: false,
                static answer => answer.TryGetProperty("data", out var data) && data.TryGetProperty("upsertCount", out var count) ? count.GetInt64() : -1,
                cancellationToken),
            -2,
            cancellationToken).ConfigureAwait(false);
        if (stored != records.Count)
        {
            throw stored == -2 ? Missing() : _client.Failures.Fatal($"says that it stored {stored} of {records.Count} entities, and an upsert stores all or none");
        }
    }

    private void WriteRows(Utf8JsonWriter writer, IReadOnlyList<VectorRecord> records)
    {
        writer.WriteStartArray("data");
        foreach (var record in records)
        {
            _writer.Write(writer, record);
        }

        writer.WriteEndArray();
    }

    private Task<bool> DeleteAsync(string filter, CancellationToken cancellationToken) => RunAsync(
        _ => _client.CallAsync("entities/delete", writer => writer.WriteString("filter", filter), retry: false, static _ => true, cancellationToken), missing: false, cancellationToken);
}
