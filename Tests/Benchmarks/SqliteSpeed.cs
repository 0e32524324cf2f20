using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Sqlite;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Benchmarks;

/// <summary>
/// Records a second of the SQLite sink against a bare loop of prepared inserts into the same tables (rows, vectors, words) with the same settings, a transaction a request, in one run:
/// the loop looks nothing up, replaces nothing and checks nothing.
/// </summary>
internal static class SqliteSpeed
{
    private const int Dimension = 512;
    private const int Rounds = 5;

    public static async Task RunAsync(int count)
    {
        var records = Enumerable.Range(0, count).Select(static i => SinkSamples.Record($"file:///corpus/{i / 20}.md", Text(i), SinkSamples.Vector(i, Dimension))).ToList();
        var bytes = records.Sum(static record => (long)record.Chunk.Text.Length + record.Embedding.Weight);
        Console.WriteLine(FormattableString.Invariant($"sqlite: {count} records of {Dimension} dimensions, {bytes / 1e6:0.0} MB of text and vectors; medians of {Rounds}"));
        foreach (var size in new[] { 100, 1000 })
        {
            var (sink, bare) = (new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                var folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
                try
                {
                    bare.Add(Insert(Path.Join(folder, "bare.db"), records, size));
                    sink.Add(await WriteAsync(Path.Join(folder, "sink.db"), records, size));
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }

            var (ours, theirs) = (sink.Order().ElementAt(Rounds / 2), bare.Order().ElementAt(Rounds / 2));
            Console.WriteLine(FormattableString.Invariant(
                $"  {size,5} a request: sluice {count / ours,8:0} records/s {bytes / 1e6 / ours,6:0.0} MB/s; insert loop {count / theirs,8:0} records/s {bytes / 1e6 / theirs,6:0.0} MB/s; ratio {theirs / ours:0.00}"));
        }
    }

    private static async Task<double> WriteAsync(string file, List<VectorRecord> records, int size)
    {
        await using var sink = VectorSinks.Open($"sqlite:{file}", new SinkOptions(), TimeProvider.System);
        await sink.EnsureCollectionAsync(new CollectionSpec(SinkSamples.Model(Dimension)), CancellationToken.None);
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(records.Chunk(size), new ParallelOptions { MaxDegreeOfParallelism = sink.Capabilities.MaxConcurrency }, async (page, token) =>
        {
            if ((await sink.UpsertAsync(page, token)).Count > 0)
            {
                throw new InvalidOperationException("refused");
            }
        });
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Insert(string file, List<VectorRecord> records, int size)
    {
        SQLitePCL.Batteries_V2.Init();
        var sql = new CollectionSql("bare");
        var tables = new DenseTables("bare", new CollectionInfo("m", "f", EmbeddingKind.Dense, Dimension, Distance.Cosine));
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        connection.EnableExtensions(true);
        connection.LoadExtension(Path.Join(AppContext.BaseDirectory, "vec0"));
        foreach (var statement in new[] { "PRAGMA page_size=8192", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-8192", "PRAGMA wal_autocheckpoint=2048" }
            .Concat(sql.Create).Concat(tables.Create))
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }

        var began = Stopwatch.GetTimestamp();
        using var document = Prepare(connection, sql.InsertDocument, 2);
        using var chunk = Prepare(connection, sql.InsertChunk, 13);
        using var vector = Prepare(connection, tables.Insert, 2);
        using var words = Prepare(connection, sql.PutWords, 4);
        var (number, documents, last) = (0L, 0L, "");
        foreach (var page in records.Chunk(size))
        {
            using var transaction = connection.BeginTransaction();
            foreach (var record in page)
            {
                if (record.Uri != last)
                {
                    Run(document, transaction, record.Document.Value.ToByteArray(bigEndian: true), record.Uri);
                    (last, documents) = (record.Uri, documents + 1);
                }

                number++;
                var place = record.Chunk.Place;
                Run(chunk, transaction, documents, null, null, null, place.Start, place.End, null, null, null, null, null, record.Chunk.Id.Value.ToByteArray(bigEndian: true), record.Chunk.Text);
                Run(vector, transaction, number, MemoryMarshal.AsBytes(record.Values()).ToArray());
                Run(words, transaction, number, record.Chunk.Text, null, null);
            }

            transaction.Commit();
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = string.Concat(sql.Split('?').Select((part, i) => i == parameters ? part : string.Create(CultureInfo.InvariantCulture, $"{part}$p{i}")));
        for (var i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter(string.Create(CultureInfo.InvariantCulture, $"$p{i}"), null));
        }

        return command;
    }

    private static void Run(SqliteCommand command, SqliteTransaction transaction, params ReadOnlySpan<object?> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }

    private static string Text(int seed) => string.Join(' ', Enumerable.Range(0, 90).Select(i => ((seed * 31) + (i * 7919)).ToString("x", CultureInfo.InvariantCulture)));
}
