using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Postgres;

namespace Sluice.Benchmarks;

/// <summary>Records a second of the pgvector sink against a bare binary COPY of the same records, in one run, by size of request.</summary>
internal static class PgvectorSpeed
{
    private const int Dimension = 512;
    private static readonly EmbeddingModelInfo s_model = new("bench", "bench", EmbeddingKind.Dense, Dimension, 128, Distance.Cosine);

    public static async Task RunAsync(int count)
    {
        await using var server = await PgvectorServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        var records = Records(count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} records of {Dimension} dimensions and {records[0].Chunk.Text.Length} characters of text; thousand records/s, best of 3, in brackets the share of COPY"));
        Console.WriteLine("request |  COPY, key alone | COPY, all indexes |    sink, 1 writer |   sink, 4 writers |  unnest, 1 writer |  sink, hnsw (1/8)");
        foreach (var size in new[] { 16, 64, 256, 1000 })
        {
            double bare = 0, indexed = 0, one = 0, four = 0, unnest = 0;
            for (var round = 0; round < 3; round++)
            {
                bare = Math.Max(bare, await CopyAsync(database, records, size, indexed: false));
                indexed = Math.Max(indexed, await CopyAsync(database, records, size, indexed: true));
                one = Math.Max(one, await SinkAsync(database, records, size, 1, "none"));
                four = Math.Max(four, await SinkAsync(database, records, size, 4, "none"));
                unnest = Math.Max(unnest, await UnnestAsync(database, records, size));
            }

            var hnsw = await SinkAsync(database, records[..(count / 8)], size, 4, "hnsw");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{size,7} | {bare / 1000,16:F1} | {Share(indexed, bare),17} | {Share(one, bare),17} | {Share(four, bare),17} | {Share(unnest, bare),17} | {Share(hnsw, bare),17}"));
        }

        await BuildIndexAsync(database, records);
    }

    /// <summary>Loads without the vector index, then has it built, as a second run does.</summary>
    private static async Task BuildIndexAsync(string database, VectorRecord[] records)
    {
        await SinkAsync(database, records, 1000, 4, "none");
        await using var sink = VectorSinks.Open($"pgvector:{database}?schema=bench", new SinkOptions(), TimeProvider.System);
        var watch = Stopwatch.StartNew();
        await sink.EnsureCollectionAsync(new CollectionSpec(s_model), CancellationToken.None);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"HNSW built over {records.Length} vectors afterwards: {watch.Elapsed.TotalSeconds:F1} s, thousand vectors/s {records.Length / watch.Elapsed.TotalSeconds / 1000:F1}"));
        var rates = new List<double>();
        foreach (var (name, exactBelow) in new[] { ("exact", int.MaxValue), ("HNSW", 0) })
        {
            var options = new SinkOptions();
            options.Pgvector.ExactBelow = exactBelow;
            await using var searching = VectorSinks.Open($"pgvector:{database}?schema=bench", options, TimeProvider.System);
            for (var i = 0; i < 60; i++)
            {
                watch.Restart();
                await searching.SearchAsync(new SearchQuery("", records[i * 7].Embedding, SearchMode.Vector, 10), CancellationToken.None);
                rates.Add(watch.Elapsed.TotalMilliseconds);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"vector search, {name}: median {rates[^50..].Order().ElementAt(25):F1} ms"));
        }
    }

    private static string Share(double rate, double bare) => string.Create(CultureInfo.InvariantCulture, $"{rate / 1000:F1} ({rate / bare:F2})");

    private static VectorRecord[] Records(int count)
    {
        var random = new Random(11);
        string[] words = [.. Enumerable.Range(0, 5_000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(2, 9)).Select(_ => (char)('a' + random.Next(26)))))];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var uri = $"file:///corpus/{i / 20}.md";
            var document = DocumentId.FromUri(uri);
            var text = string.Join(' ', Enumerable.Range(0, 80).Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 3))]));
            var chunk = new Chunk(ChunkId.Create(document, text, i), text, ReadOnlyMemory<int>.Empty, new Place(0, text.Length)) { Title = "A title of it", HeadingPath = ["Chapter", "Section"] };
            return new VectorRecord(document, uri, chunk, new DenseEmbedding(Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f).ToArray()));
        })];
    }

    private static async Task<double> SinkAsync(string database, VectorRecord[] records, int size, int writers, string index)
    {
        var options = new SinkOptions();
        options.Pgvector.Writers = writers;
        await using var sink = VectorSinks.Open($"pgvector:{database}?schema=bench&index={index}", options, TimeProvider.System);
        await sink.DropCollectionAsync(CancellationToken.None);
        await sink.EnsureCollectionAsync(new CollectionSpec(s_model), CancellationToken.None);
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(records.Chunk(size), new ParallelOptions { MaxDegreeOfParallelism = writers }, async (request, token) =>
        {
            if ((await sink.UpsertAsync(request, token)).Count > 0)
            {
                throw new InvalidOperationException("refused");
            }
        });
        return records.Length / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Straight into tables that hold the same, a transaction a request, on one connection: no replacing, no checks.</summary>
    private static async Task<double> CopyAsync(string database, VectorRecord[] records, int size, bool indexed)
    {
        await using var connection = await ConnectAsync(
            database,
            "DROP TABLE IF EXISTS copied; CREATE TABLE copied(id uuid PRIMARY KEY, document uuid, title text, headings jsonb, text text, embedding vector(512)"
            + (indexed ? ", words tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED); CREATE INDEX ON copied USING gin(words); CREATE INDEX ON copied(document, id)" : ")")
            + "; ALTER TABLE copied ALTER COLUMN embedding SET STORAGE PLAIN");
        using var buffer = new CopyBuffer(8 << 20);
        var watch = Stopwatch.StartNew();
        foreach (var request in records.Chunk(size))
        {
            buffer.Clear();
            buffer.Begin();
            foreach (var record in request)
            {
                buffer.Row(6);
                buffer.Uuid(record.Chunk.Id.Value);
                buffer.Uuid(record.Document.Value);
                buffer.Text(record.Chunk.Title);
                buffer.Json("[\"Chapter\",\"Section\"]");
                buffer.Text(record.Chunk.Text);
                buffer.Vector(((DenseEmbedding)record.Embedding).Values.Span);
            }

            buffer.End();
            await using var copy = await connection.BeginRawBinaryCopyAsync("COPY copied(id, document, title, headings, text, embedding) FROM STDIN (FORMAT BINARY)");
            await copy.WriteAsync(buffer.Written);
        }

        return records.Length / watch.Elapsed.TotalSeconds;
    }

    /// <summary>The other way to write: arrays, vectors as one flat array that the server cuts; replaces like the sink, into one table with the same indexes.</summary>
    private static async Task<double> UnnestAsync(string database, VectorRecord[] records, int size)
    {
        await using var connection = await ConnectAsync(
            database,
            "DROP TABLE IF EXISTS nested; CREATE TABLE nested(id uuid PRIMARY KEY, document uuid, title text, headings jsonb, text text, words tsvector, embedding vector(512)); "
            + "CREATE INDEX ON nested USING gin(words); CREATE INDEX ON nested(document, id); ALTER TABLE nested ALTER COLUMN embedding SET STORAGE PLAIN");
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            INSERT INTO nested(id, document, title, headings, text, words, embedding)
            SELECT id, document, title, headings::jsonb, text, to_tsvector('english', title) || to_tsvector('english', text), ($6)[(n - 1) * 512 + 1 : n * 512]::vector
            FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS u(id, document, title, headings, text, n) ORDER BY id
            ON CONFLICT (id) DO UPDATE SET document = excluded.document, title = excluded.title, headings = excluded.headings, text = excluded.text, words = excluded.words, embedding = excluded.embedding
            """;
        foreach (var type in new[] { NpgsqlDbType.Uuid, NpgsqlDbType.Uuid, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Real })
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type });
        }

        await command.PrepareAsync();
        var watch = Stopwatch.StartNew();
        foreach (var request in records.Chunk(size))
        {
            command.Parameters[0].Value = Array.ConvertAll(request, static record => record.Chunk.Id.Value);
            command.Parameters[1].Value = Array.ConvertAll(request, static record => record.Document.Value);
            command.Parameters[2].Value = Array.ConvertAll(request, static record => record.Chunk.Title);
            command.Parameters[3].Value = Array.ConvertAll(request, static _ => "[\"Chapter\",\"Section\"]");
            command.Parameters[4].Value = Array.ConvertAll(request, static record => record.Chunk.Text);
            var flat = new float[request.Length * Dimension];
            for (var i = 0; i < request.Length; i++)
            {
                ((DenseEmbedding)request[i].Embedding).Values.Span.CopyTo(flat.AsSpan(i * Dimension));
            }

            command.Parameters[5].Value = flat;
            await command.ExecuteNonQueryAsync();
        }

        return records.Length / watch.Elapsed.TotalSeconds;
    }

    private static async Task<NpgsqlConnection> ConnectAsync(string database, string sql)
    {
        var connection = new NpgsqlConnection(PgvectorServer.ConnectionString(database));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
