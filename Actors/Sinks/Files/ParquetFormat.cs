using System.Globalization;
using Parquet;
using Parquet.Schema;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

/// <summary>
/// Apache Parquet, compressed with Zstandard, a row group a page of records: columns id, document, uri, text, title, headings and metadata (JSON), start, end, line, page, row,
/// part, anchor, and embedding as a list of 32-bit floats. Several vectors lie one after the other in it, with their number in vectors; a sparse one has its terms in the list terms.
/// </summary>
internal sealed class ParquetFormat : IRecordFileFormat
{
    /// <summary>Definition level of an element of a list that is there: the list may be null, its elements may not.</summary>
    private const int ElementLevel = 2;

    public string Name => "parquet";

    public async Task WriteAsync(Stream output, CollectionInfo collection, IAsyncEnumerable<IReadOnlyList<VectorRecord>> pages, CancellationToken cancellationToken)
    {
        var schema = Schema(collection.Kind);
        var writer = await ParquetWriter.CreateAsync(schema, output, new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }, append: false, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["sluice.model"] = collection.ModelName,
                ["sluice.fingerprint"] = collection.ModelFingerprint,
                ["sluice.kind"] = collection.Kind.ToString(),
                ["sluice.dimension"] = collection.Dimension.ToString(CultureInfo.InvariantCulture),
                ["sluice.distance"] = collection.Distance.ToString(),
            };
            await foreach (var page in pages.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                using var group = writer.CreateRowGroup();
                await WriteAsync(group, schema, collection.Kind, page, cancellationToken).ConfigureAwait(false);
                group.CompleteValidate();
            }
        }
    }

    private static ParquetSchema Schema(EmbeddingKind kind)
    {
        List<Field> fields =
        [
            Text("id"), Text("document"), Text("uri"), Text("text"), Text("title", true), Text("headings", true), Text("metadata", true),
            new DataField<long>("start", false), new DataField<long>("end", false), new DataField<int?>("line"), new DataField<int?>("page"), new DataField<long?>("row"),
            Text("part", true), Text("anchor", true),
            new ListField("embedding", new DataField<float>("element", false)),
        ];
        if (kind == EmbeddingKind.MultiVector)
        {
            fields.Add(new DataField<int>("vectors", false));
        }
        else if (kind == EmbeddingKind.Sparse)
        {
            fields.Add(new ListField("terms", new DataField<int>("element", false)));
        }

        return new ParquetSchema(fields);

        static DataField<string> Text(string name, bool nullable = false) => new(name, nullable);
    }

    private static async Task WriteAsync(ParquetRowGroupWriter group, ParquetSchema schema, EmbeddingKind kind, IReadOnlyList<VectorRecord> page, CancellationToken cancellationToken)
    {
        var fields = schema.GetDataFields();
        var field = 0;
        await TextAsync(static record => record.Chunk.Id.Value.ToString("D")).ConfigureAwait(false);
        await TextAsync(static record => record.Document.Value.ToString("D")).ConfigureAwait(false);
        await TextAsync(static record => record.Uri).ConfigureAwait(false);
        await TextAsync(static record => record.Chunk.Text).ConfigureAwait(false);
        await TextAsync(static record => record.Chunk.Title).ConfigureAwait(false);
        await TextAsync(static record => RecordText.Headings(record.Chunk)).ConfigureAwait(false);
        await TextAsync(static record => RecordText.Metadata(record.Chunk)).ConfigureAwait(false);
        await NumbersAsync(static record => record.Chunk.Place.Start).ConfigureAwait(false);
        await NumbersAsync(static record => record.Chunk.Place.End).ConfigureAwait(false);
        await NullableAsync(static record => record.Chunk.Place.Line).ConfigureAwait(false);
        await NullableAsync(static record => record.Chunk.Place.Page).ConfigureAwait(false);
        await NullableAsync(static record => record.Chunk.Place.Row).ConfigureAwait(false);
        await TextAsync(static record => record.Chunk.Place.Part).ConfigureAwait(false);
        await TextAsync(static record => record.Chunk.Place.Anchor).ConfigureAwait(false);
        await ListAsync(static record => Values(record.Embedding)).ConfigureAwait(false);
        if (kind == EmbeddingKind.MultiVector)
        {
            await NumbersAsync(static record => ((MultiVectorEmbedding)record.Embedding).Rows).ConfigureAwait(false);
        }
        else if (kind == EmbeddingKind.Sparse)
        {
            await ListAsync(static record => ((SparseEmbedding)record.Embedding).Indices).ConfigureAwait(false);
        }

        async ValueTask TextAsync(Func<VectorRecord, string?> value) => await group.WriteAsync(fields[field++], (string[])[.. page.Select(record => value(record)!)]).ConfigureAwait(false);

        async ValueTask NumbersAsync<T>(Func<VectorRecord, T> value)
            where T : struct => await group.WriteAsync(fields[field++], (ReadOnlyMemory<T>)(T[])[.. page.Select(value)], null, null, cancellationToken).ConfigureAwait(false);

        async ValueTask NullableAsync<T>(Func<VectorRecord, T?> value)
            where T : struct => await group.WriteAsync<T>(fields[field++], (ReadOnlyMemory<T?>)(T?[])[.. page.Select(value)], null, null, cancellationToken).ConfigureAwait(false);

        async ValueTask ListAsync<T>(Func<VectorRecord, ReadOnlyMemory<T>> values)
            where T : struct
        {
            var total = page.Sum(record => values(record).Length);
            var (flat, repetitions, definitions) = (new T[total], new int[total], new int[total]);
            Array.Fill(definitions, ElementLevel);
            Array.Fill(repetitions, 1);
            var at = 0;
            foreach (var record in page)
            {
                var row = values(record);
                row.CopyTo(flat.AsMemory(at));
                repetitions[at] = 0; // The first element of a row. No row is empty: such records are refused.
                at += row.Length;
            }

            await group.WriteAllPartsAsync(fields[field++], (ReadOnlyMemory<T>)flat, (ReadOnlyMemory<int>)definitions, (ReadOnlyMemory<int>)repetitions, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ReadOnlyMemory<float> Values(Streams.Vectors.Embedding embedding) => embedding switch
    {
        DenseEmbedding dense => dense.Values,
        MultiVectorEmbedding several => several.Values,
        SparseEmbedding sparse => sparse.Values,
        _ => throw new ArgumentOutOfRangeException(nameof(embedding), embedding, "of a shape that is not known"),
    };
}
