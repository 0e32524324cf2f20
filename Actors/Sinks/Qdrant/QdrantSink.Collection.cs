using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

internal sealed partial class QdrantSink
{
    /// <summary>The first version with metadata of collections, phrases and folding of accents.</summary>
    private static readonly Version s_oldest = new(1, 16);

    /// <summary>Payload indexes: by document for deletion and listing, by URI for globs.</summary>
    private static readonly (string Field, string Type)[] s_indexes = [(QdrantNames.Document, "uuid"), (QdrantNames.Uri, "keyword")];

    /// <summary>Fields in which phrases are looked for.</summary>
    private static readonly string[] s_texts = [QdrantNames.Text, QdrantNames.Title, QdrantNames.Headings];

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        return (await LoadAsync(cancellationToken).ConfigureAwait(false))?.Info;
    }

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        RequireOpen();
        var wanted = CollectionFit.Wanted(spec);
        CollectionFit.RequireStorable(wanted, Capabilities, Database, MaxDimension);
        if (await LoadAsync(cancellationToken).ConfigureAwait(false) is not { } collection)
        {
            await RequireVersionAsync(cancellationToken).ConfigureAwait(false);
            await CreateAsync(wanted, cancellationToken).ConfigureAwait(false);

            // Whoever was first: it is read back, compared, and completed where a crash left it without its indexes.
            collection = await LoadAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new TransientException($"The collection {Place} was made and is gone again: something else drops it.");
        }

        CollectionFit.RequireSame(collection.Info, wanted, Place);
        RequireSameForm(collection);
        await CompleteAsync(collection, cancellationToken).ConfigureAwait(false);
        if (collection.BulkLoad is not null)
        {
            await EndBulkLoadAsync(cancellationToken).ConfigureAwait(false); // A run was killed in the middle of one.
        }

        _collection = collection with { BulkLoad = null };
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        await _http.SendOnlyAsync(new SinkRequest(HttpMethod.Delete, _path) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        _collection = null;
    }

    /// <summary>Puts off the building of the vector index; what was set before is noted in the collection itself.</summary>
    public async Task BeginBulkLoadAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        var collection = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();
        if (collection.BulkLoad is null && collection.IndexingThreshold is not 0)
        {
            await SetThresholdAsync(0, collection.IndexingThreshold ?? QdrantCollection.DefaultIndexingThreshold, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task EndBulkLoadAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        if (await LoadAsync(cancellationToken).ConfigureAwait(false) is { BulkLoad: { } before })
        {
            await SetThresholdAsync(before, null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sets the threshold and the note in one request: never one without the other.</summary>
    private async Task SetThresholdAsync(long threshold, long? noted, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Patch,
            "",
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartObject("optimizers_config");
                writer.WriteNumber("indexing_threshold", threshold);
                writer.WriteEndObject();
                writer.WriteStartObject("metadata");
                if (noted is { } before)
                {
                    writer.WriteNumber(QdrantNames.BulkLoad, before);
                }
                else
                {
                    writer.WriteNull(QdrantNames.BulkLoad);
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false);
        _collection = null;
    }

    private void RequireSameForm(QdrantCollection collection)
    {
        if (_address.Storage is { } storage && storage != collection.Storage)
        {
            throw new CollectionMismatchException($"The collection {Place} stores {collection.Storage}; the address says storage={storage}. Leave that out, name another collection, or drop it and ingest again.");
        }

        if (_address.FullText != collection.FullText)
        {
            throw new CollectionMismatchException(
                $"The collection {Place} was made with full-text={(collection.FullText ? "true" : "false")}; the address means the opposite. Say the same, name another collection, or drop it and ingest again.");
        }
    }

    private async Task RequireVersionAsync(CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(new SinkRequest(HttpMethod.Get, "") { Retry = true }, cancellationToken).ConfigureAwait(false);
        string? said;
        try
        {
            using var json = JsonDocument.Parse(response.Body);
            said = json.RootElement.TryGetProperty("version", out var version) ? version.GetString() : null;
        }
        catch (JsonException)
        {
            said = null;
        }

        if (!Version.TryParse(said?.Split('-')[0], out var found))
        {
            throw _http.Failures.Fatal($"does not say its version: is it Qdrant's REST port (6333)? It answered: {response.Text(200)}");
        }

        if (found < s_oldest)
        {
            throw _http.Failures.Fatal($"is of version {said}; Sluice needs {s_oldest} or later.");
        }
    }

    private async Task CreateAsync(CollectionInfo wanted, CancellationToken cancellationToken)
    {
        using var body = new PooledBody(4096);
        Write(body, writer => WriteCreation(writer, wanted));

        // 409: somebody else was faster; what is there is compared.
        await _http.SendOnlyAsync(new SinkRequest(HttpMethod.Put, _path) { Body = body, Accept = [409], Retry = true }, cancellationToken).ConfigureAwait(false);
    }

    private void WriteCreation(Utf8JsonWriter writer, CollectionInfo wanted)
    {
        var storage = _address.Storage ?? "float32";
        writer.WriteStartObject();
        writer.WriteStartObject("vectors");
        if (wanted.Kind != EmbeddingKind.Sparse)
        {
            writer.WriteStartObject(QdrantCollection.VectorName(wanted.Kind));
            writer.WriteNumber("size", wanted.Dimension);
            writer.WriteString("distance", QdrantCollection.DistanceName(wanted.Distance));
            writer.WriteString("datatype", storage);
            writer.WriteBoolean("on_disk", _address.OnDisk);
            if (wanted.Kind == EmbeddingKind.MultiVector)
            {
                writer.WriteStartObject("multivector_config");
                writer.WriteString("comparator", "max_sim");
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        if (_address.FullText || wanted.Kind == EmbeddingKind.Sparse)
        {
            writer.WriteStartObject("sparse_vectors");
            if (wanted.Kind == EmbeddingKind.Sparse)
            {
                writer.WriteStartObject(QdrantNames.Sparse);
                writer.WriteEndObject();
            }

            if (_address.FullText)
            {
                writer.WriteStartObject(QdrantNames.Terms);
                writer.WriteString("modifier", "idf");
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject("metadata");
        writer.WriteStartObject(QdrantNames.Description);
        writer.WriteString("model", wanted.ModelName);
        writer.WriteString("fingerprint", wanted.ModelFingerprint);
        writer.WriteString("kind", wanted.Kind.ToString());
        writer.WriteNumber("dimension", wanted.Dimension);
        writer.WriteString("distance", wanted.Distance.ToString());
        writer.WriteString("storage", storage);
        writer.WriteBoolean("full_text", _address.FullText);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Makes the payload indexes that are missing. Making one twice changes nothing.</summary>
    private async Task CompleteAsync(QdrantCollection collection, CancellationToken cancellationToken)
    {
        foreach (var (field, type) in s_indexes.Where(index => !collection.Indexes.Contains(index.Field)))
        {
            await IndexAsync(field, writer => writer.WriteString("field_schema", type), cancellationToken).ConfigureAwait(false);
        }

        foreach (var field in collection.FullText ? s_texts.Where(field => !collection.Indexes.Contains(field)) : [])
        {
            await IndexAsync(
                field,
                static writer =>
                {
                    writer.WriteStartObject("field_schema");
                    writer.WriteString("type", "text");
                    writer.WriteString("tokenizer", "word");
                    writer.WriteBoolean("lowercase", true);
                    writer.WriteBoolean("ascii_folding", true);
                    writer.WriteBoolean("phrase_matching", true);
                    writer.WriteBoolean("on_disk", true);
                    writer.WriteEndObject();
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task IndexAsync(string field, Action<Utf8JsonWriter> writeSchema, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Put,
            "/index?wait=true",
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("field_name", field);
                writeSchema(writer);
                writer.WriteEndObject();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false) ?? throw Missing();
    }
}
