using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

internal sealed partial class ChromaSink
{
    private const int DeletePage = 1_000;
    private const int DocumentPage = 100;

    /// <summary>Deleting a large document may take longer than other requests.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    public long EncodedBytes(VectorRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return ChromaBodies.Size(record, _server is { TakesBase64: true });
    }

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (records.Count == 0)
        {
            return [];
        }

        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        var failures = new List<ChunkFailure>();
        var sendable = RecordValidator.Sendable(records, collection.Info, failures);
        if (_limits is not null)
        {
            sendable = Fit(sendable, _limits, failures);
        }

        IEnumerable<IReadOnlyList<VectorRecord>> pages = sendable.Count <= server.MaxRecords ? [sendable] : sendable.Chunk(server.MaxRecords);
        foreach (var page in pages)
        {
            if (page.Count > 0)
            {
                // A request that was cut off may have been stored: what is there is looked at anew each time.
                var stored = await ReadKeysAsync(page.Select(static record => record.Chunk.Id.Value), cancellationToken).ConfigureAwait(false);
                using var body = ChromaBodies.Upsert(page, stored, server.TakesBase64);
                await RequireDoneAsync(new ChromaCall(HttpMethod.Post, "upsert") { Body = body, Retry = false }, cancellationToken).ConfigureAwait(false);
            }
        }

        return failures;
    }

    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (chunks.Count == 0)
        {
            return;
        }

        await RequireAsync(cancellationToken).ConfigureAwait(false);
        foreach (var page in chunks.Chunk(RecordsAtOnce(await ServerAsync(cancellationToken).ConfigureAwait(false))))
        {
            var stored = await ReadKeysAsync(page.Select(static chunk => chunk.Id.Value), cancellationToken).ConfigureAwait(false);
            var known = Array.FindAll(page, chunk => stored.ContainsKey(chunk.Id.Value));
            if (known.Length > 0)
            {
                using var body = ChromaBodies.Update(known, stored);
                await RequireDoneAsync(new ChromaCall(HttpMethod.Post, "update") { Body = body, Retry = false }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in ids.Chunk(_address.IsCloud ? CloudRecords : DeletePage))
        {
            await CallAsync(
                new ChromaCall(HttpMethod.Post, "delete") { Write = json => ChromaBodies.WriteIds(json, page, static id => id.Value), Timeout = s_patience },
                static _ => true,
                false,
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in documents.Chunk(DocumentPage))
        {
            await CallAsync(
                new ChromaCall(HttpMethod.Post, "delete") { Write = json => WriteWhere(json, ChromaWhere.Documents(page)), Timeout = s_patience },
                static _ => true,
                false,
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static List<VectorRecord> Fit(IReadOnlyList<VectorRecord> records, ChromaCloudLimits limits, List<ChunkFailure> failures)
    {
        var fitting = new List<VectorRecord>(records.Count);
        foreach (var record in records)
        {
            if (ChromaCloudLimits.Refuse(record) is { } rejection)
            {
                failures.Add(new ChunkFailure(record.Chunk, rejection));
            }
            else
            {
                fitting.Add(limits.Fit(record));
            }
        }

        return fitting;
    }

    private static int RecordsAtOnce(ChromaServer server) => Math.Min(DeletePage, server.MaxRecords);

    private async Task RequireDoneAsync(ChromaCall call, CancellationToken cancellationToken)
    {
        if (!await CallAsync(call, static _ => true, false, cancellationToken).ConfigureAwait(false))
        {
            throw Missing();
        }
    }

    /// <summary>Reads the keys of metadata of those records that are there.</summary>
    private async Task<IReadOnlyDictionary<Guid, List<string>>> ReadKeysAsync(IEnumerable<Guid> ids, CancellationToken cancellationToken) => await CallAsync(
        new ChromaCall(HttpMethod.Post, "get")
        {
            Write = json =>
            {
                ChromaBodies.WriteIds(json, ids, static id => id);
                ChromaBodies.WriteInclude(json, "metadatas");
            },
            Retry = false,
        },
        static answer =>
        {
            var keys = new Dictionary<Guid, List<string>>();
            var metadatas = ChromaRecords.Column(answer, "metadatas");
            var index = 0;
            foreach (var id in answer.GetProperty("ids").EnumerateArray())
            {
                var metadata = metadatas[index++];
                keys[id.GetGuid()] = metadata.ValueKind == JsonValueKind.Object ? [.. metadata.EnumerateObject().Select(static pair => pair.Name)] : [];
            }

            return keys;
        },
        [],
        cancellationToken).ConfigureAwait(false);

    private static void WriteWhere(Utf8JsonWriter json, Action<Utf8JsonWriter>? where)
    {
        if (where is not null)
        {
            json.WritePropertyName("where");
            where(json);
        }
    }
}
