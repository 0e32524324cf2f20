using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>
/// A collection in a SQLite file: chunks in plain tables, their vectors in a sqlite-vec table and their words in an FTS5 index under the same row number. Exact
/// nearest neighbours by scanning, which suits up to a few million chunks. Safe for concurrent use: one writer, whose transactions take in what queues up, and
/// readers that never wait for it. A ledger in the same file shares the writer.
/// </summary>
internal sealed partial class SqliteSink : IVectorSink
{
    /// <summary>Longest vectors that sqlite-vec stores.</summary>
    private const int MaxDimension = 8192;

    private static readonly SearchMode[] s_modes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense];

    private readonly SqliteDatabase _database;
    private readonly CollectionSql _sql;
    private int _disposed;

    public SqliteSink(string path, string collection, SqliteOptions options)
    {
        _database = SqliteDatabase.Share(path, options);
        _sql = new CollectionSql(collection);
        Name = $"{SqliteAddress.Scheme}:{path}?collection={collection}";
    }

    public string Name { get; }

    // Two at once: while one is written, the next is on its way.
    public SinkCapabilities Capabilities { get; } = new(1000, 8L << 20, 2, s_kinds, s_modes);

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => ReadAsync(Describe, null, cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var wanted = new CollectionInfo(spec.Model.Name, spec.Model.Fingerprint, spec.Model.Kind, spec.Model.Dimension, spec.Model.Distance);
        RequireStorable(wanted);
        return WriteAsync(
            session =>
            {
                session.RequireVectors();
                if (Describe(session) is { } existing)
                {
                    RequireSame(existing, wanted);
                    return;
                }

                foreach (var statement in _sql.Create(wanted))
                {
                    session.Execute(statement);
                }

                session.Prepare("INSERT INTO sink_collections(name, model, fingerprint, kind, dimension, distance) VALUES (?, ?, ?, ?, ?, ?)")
                    .Bind(_sql.Name).Bind(wanted.ModelName).Bind(wanted.ModelFingerprint).Bind((long)wanted.Kind).Bind(wanted.Dimension).Bind((long)wanted.Distance).Run();
            },
            0,
            cancellationToken);
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        if (await DescribeAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return;
        }

        await WriteAsync(
            session =>
            {
                session.RequireVectors();
                if (Describe(session) is null)
                {
                    return;
                }

                session.ForgetStatements();
                foreach (var statement in _sql.Drop())
                {
                    session.Execute(statement);
                }

                session.Prepare("DELETE FROM sink_collections WHERE name = ?").Bind(_sql.Name).Run();
            },
            0,
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _database.DisposeAsync() : ValueTask.CompletedTask;

    private CollectionInfo? Describe(SqliteSession session)
    {
        using var find = session.Prepare("SELECT model, fingerprint, kind, dimension, distance FROM sink_collections WHERE name = ?");
        return find.Bind(_sql.Name).Step()
            ? new CollectionInfo(find.Text(0), find.Text(1), (EmbeddingKind)find.Int32(2), find.Int32(3), (Distance)find.Int32(4))
            : null;
    }

    private CollectionInfo Require(SqliteSession session) =>
        Describe(session) ?? throw new StorageException($"There is no collection '{_sql.Name}' in '{_database.Path}'. Ingest into it first.");

    private static void RequireStorable(CollectionInfo wanted)
    {
        if (wanted.Kind != EmbeddingKind.Dense)
        {
            throw new CollectionMismatchException(
                $"SQLite stores one vector a chunk; the model '{wanted.ModelName}' makes {(wanted.Kind == EmbeddingKind.Sparse ? "sparse" : "several")} ones. Use another model or another database.");
        }

        if (wanted.Dimension is < 1 or > MaxDimension)
        {
            throw new CollectionMismatchException(
                $"SQLite stores vectors of 1 to {MaxDimension} dimensions; the model '{wanted.ModelName}' makes {wanted.Dimension}. Use another model or another database.");
        }
    }

    private void RequireSame(CollectionInfo existing, CollectionInfo wanted)
    {
        var differences = new List<string>();
        if (existing.Dimension != wanted.Dimension)
        {
            differences.Add($"its vectors have {existing.Dimension} dimensions, the model's {wanted.Dimension}");
        }

        if (existing.Distance != wanted.Distance)
        {
            differences.Add($"it compares by {existing.Distance}, the model by {wanted.Distance}");
        }

        if (!existing.ModelFingerprint.Equals(wanted.ModelFingerprint, StringComparison.Ordinal))
        {
            differences.Add($"its vectors are from the model '{existing.ModelName}' ({existing.ModelFingerprint}), not from '{wanted.ModelName}' ({wanted.ModelFingerprint})");
        }

        if (differences.Count > 0)
        {
            throw new CollectionMismatchException(
                $"The collection '{_sql.Name}' in '{_database.Path}' does not fit: {string.Join("; ", differences)}. Use its model, name another collection, or drop it and ingest again.");
        }
    }

    private Task<T> WriteAsync<T>(Func<SqliteSession, T> run, long weight, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _database.WriteAsync(run, weight, cancellationToken);
    }

    private Task WriteAsync(Action<SqliteSession> run, long weight, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _database.WriteAsync(run, weight, cancellationToken);
    }

    private Task<T> ReadAsync<T>(Func<SqliteSession, T> run, T missing, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _database.ReadAsync(run, missing, cancellationToken);
    }
}
