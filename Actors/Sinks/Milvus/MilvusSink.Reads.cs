using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

using Embedding = Sluice.Streams.Vectors.Embedding;

internal sealed partial class MilvusSink
{
    /// <summary>Most ids of a page; the server gives at most 16,384 rows at once.</summary>
    private const int ListPage = 10_000;

    /// <summary>Rows with vectors, which come as JSON, of a request.</summary>
    private const int VectorsPerRequest = 250;

    private const string HexDigits = "0123456789abcdef";

    public Task<long> CountAsync(CancellationToken cancellationToken) => RunAsync(_ => CountRowsAsync(cancellationToken), 0L, cancellationToken);

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A query with a limit gives rows in no promised order. Ids are hashes: ranges of them are read whole, and one that is full is read again in sixteen parts.
        var ranges = new Stack<string>([""]);
        if (document is null && await CountAsync(cancellationToken).ConfigureAwait(false) > ListPage)
        {
            ranges = new Stack<string>(HexDigits.Reverse().Select(static digit => digit.ToString()));
        }

        while (ranges.TryPop(out var range))
        {
            var filter = MilvusFilters.Prefix(range);
            var page = await ListAsync(document is { } only ? $"{MilvusFilters.Documents([only])} and {filter}" : filter, cancellationToken).ConfigureAwait(false);
            if (page.Rows >= ListPage)
            {
                foreach (var digit in HexDigits.Reverse())
                {
                    ranges.Push(range.Length is 8 or 13 or 18 or 23 ? $"{range}-{digit}" : range + digit);
                }
            }
            else if (page.Ids.Count > 0)
            {
                yield return page.Ids;
            }
        }
    }

    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var found = new Dictionary<ChunkId, Embedding>(ids.Count);
        await FetchAsync(ids, [EntityFields.Vector], row =>
        {
            if (EntityReader.ReadId(row) is { } id && EntityReader.ReadEmbedding(row) is { } embedding)
            {
                found[id] = embedding;
            }
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var records = new Dictionary<ChunkId, VectorRecord>(ids.Count);
        await FetchAsync(ids, [.. EntityFields.OfHits, EntityFields.Vector], row =>
        {
            if (EntityReader.ReadHit(row, 0) is { } hit && EntityReader.ReadEmbedding(row) is { } embedding)
            {
                records[hit.Id] = hit.ToRecord(EntityReader.ReadDocument(row), embedding);
            }
        }, cancellationToken).ConfigureAwait(false);
        return [.. records.Values];
    }

    private Task<long> CountRowsAsync(CancellationToken cancellationToken) => _client.CallAsync(
        "entities/query",
        static writer => WriteQuery(writer, "", ["count(*)"], null),
        retry: true,
        static answer => long.Parse(answer.GetProperty("data")[0].GetProperty("count(*)").ToString(), CultureInfo.InvariantCulture),
        cancellationToken);

    private Task<(List<StoredChunkId> Ids, int Rows)> ListAsync(string filter, CancellationToken cancellationToken) => RunAsync(
        _ => _client.CallAsync(
            "entities/query",
            writer => WriteQuery(writer, filter, [EntityFields.Id, EntityFields.Document], ListPage),
            retry: true,
            static answer =>
            {
                var rows = answer.GetProperty("data");
                var ids = new List<StoredChunkId>(rows.GetArrayLength());
                var seen = new HashSet<ChunkId>(ids.Capacity);
                foreach (var row in rows.EnumerateArray())
                {
                    // Others may have inserted an id twice: Milvus takes that.
                    if (EntityReader.ReadId(row) is { } id && seen.Add(id))
                    {
                        ids.Add(new StoredChunkId(EntityReader.ReadDocument(row), id));
                    }
                }

                return (ids, rows.GetArrayLength());
            },
            cancellationToken),
        ([], 0),
        cancellationToken);

    private async Task FetchAsync(IReadOnlyCollection<ChunkId> ids, IReadOnlyList<string> fields, Action<JsonElement> add, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in ids.Chunk(VectorsPerRequest))
        {
            await RunAsync(
                _ => _client.CallAsync(
                    "entities/query",
                    writer => WriteQuery(writer, MilvusFilters.Ids(page), [EntityFields.Id, .. fields], page.Length),
                    retry: true,
                    answer =>
                    {
                        foreach (var row in answer.GetProperty("data").EnumerateArray())
                        {
                            add(row);
                        }

                        return true;
                    },
                    cancellationToken),
                missing: false,
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static void WriteQuery(Utf8JsonWriter writer, string filter, IReadOnlyList<string> fields, int? limit)
    {
        writer.WriteString("filter", filter);
        WriteFields(writer, fields);
        if (limit is { } rows)
        {
            writer.WriteNumber("limit", rows);
        }

        writer.WriteString("consistencyLevel", "Strong");
    }

    private static void WriteFields(Utf8JsonWriter writer, IReadOnlyList<string> fields)
    {
        writer.WriteStartArray("outputFields");
        foreach (var field in fields)
        {
            writer.WriteStringValue(field);
        }

        writer.WriteEndArray();
    }
}
