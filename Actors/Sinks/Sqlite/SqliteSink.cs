using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>
/// A collection in a SQLite file: chunks in plain tables, their embeddings in <see cref="EmbeddingTables"/> and their words in an FTS5 index under the same row number.
/// Exact nearest neighbours by scanning, which suits up to a few million chunks. Safe for concurrent use: one writer, whose transactions take in what queues up, and
/// readers that never wait for it. A ledger in the same file shares the writer.
/// </summary>
internal sealed partial class SqliteSink : IVectorSink, IIntegrityChecking
{
    /// <summary>Longest vectors that sqlite-vec stores.</summary>
    private const int MaxDimension = 8192;

    private static readonly SearchMode[] s_modes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense, EmbeddingKind.MultiVector, EmbeddingKind.Sparse];

    private readonly SqliteDatabase _database;
    private readonly CollectionSql _sql;
    private readonly ElementType? _elements;
    private volatile Known? _tables;
    private int _disposed;

    /// <summary>Opens a collection, which need not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="collection">The collection's name.</param>
    /// <param name="elements">How components of a new one are kept; null for what its kind usually has, and for any where it exists.</param>
    /// <param name="options">Settings of the file.</param>
    public SqliteSink(string path, string collection, ElementType? elements, SqliteOptions options)
    {
        _elements = elements;
        _database = SqliteDatabase.Share(path, options);
        _sql = new CollectionSql(collection);
        Name = $"{SqliteAddress.Scheme}:{path}?collection={collection}";
    }

    public string Name { get; }

    // Two at once: while one is written, the next is on its way.
    public SinkCapabilities Capabilities { get; } = new(1000, 8L << 20, 2, s_kinds, s_modes);

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => ReadAsync(session => Describe(session)?.Info, null, cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var wanted = new StoredCollection(CollectionFit.Wanted(spec), _elements ?? Usual(spec.Model.Kind));
        RequireStorable(wanted);
        return WriteAsync(
            session =>
            {
                if (Describe(session) is { } existing)
                {
                    RequireSame(existing, wanted);
                    return;
                }

                var tables = Tables(session, wanted);
                foreach (var statement in _sql.Create.Concat(tables.Create))
                {
                    session.Execute(statement);
                }

                var info = wanted.Info;
                session.Prepare("INSERT INTO sink_collections(name, model, fingerprint, kind, dimension, distance, elements) VALUES (?, ?, ?, ?, ?, ?, ?)")
                    .Bind(_sql.Name).Bind(info.ModelName).Bind(info.ModelFingerprint).Bind((long)info.Kind).Bind(info.Dimension).Bind((long)info.Distance).Bind((long)wanted.Elements).Run();
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
                if (Describe(session) is not { } existing)
                {
                    return;
                }

                var tables = Tables(session, existing);
                session.ForgetStatements();
                foreach (var statement in _sql.Drop.Concat(tables.Drop))
                {
                    session.Execute(statement);
                }

                session.Prepare("DELETE FROM sink_collections WHERE name = ?").Bind(_sql.Name).Run();
            },
            0,
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _database.DisposeAsync() : ValueTask.CompletedTask;

    private static ElementType Usual(EmbeddingKind kind) => kind == EmbeddingKind.MultiVector ? ElementType.Float16 : ElementType.Float32;

    private StoredCollection? Describe(SqliteSession session)
    {
        using var find = session.Prepare("SELECT model, fingerprint, kind, dimension, distance, elements FROM sink_collections WHERE name = ?");
        return find.Bind(_sql.Name).Step()
            ? new(new CollectionInfo(find.Text(0), find.Text(1), (EmbeddingKind)find.Int32(2), find.Int32(3), (Distance)find.Int32(4)), (ElementType)find.Int32(5))
            : null;
    }

    private StoredCollection Require(SqliteSession session) =>
        Describe(session) ?? throw new StorageException($"There is no collection '{_sql.Name}' in '{_database.Path}'. Ingest into it first.");

    /// <summary>The tables of a collection's embeddings, with what the connection needs for them.</summary>
    private EmbeddingTables Tables(SqliteSession session, StoredCollection collection)
    {
        var known = _tables;
        if (known is null || known.Collection != collection)
        {
            _tables = known = new Known(collection, EmbeddingTables.Of(_sql.Name, collection));
        }

        if (known.Tables.NeedsVectors)
        {
            session.RequireVectors();
        }

        return known.Tables;
    }

    private void RequireStorable(StoredCollection wanted)
    {
        CollectionFit.RequireStorable(wanted.Info, Capabilities, "SQLite", MaxDimension);
        if (wanted.Info.Kind == EmbeddingKind.MultiVector && wanted.Info.Distance == Distance.Euclidean)
        {
            throw new CollectionMismatchException($"SQLite compares several vectors a chunk by Cosine or Dot here; the model '{wanted.Info.ModelName}' wants Euclidean. Use another model or another database.");
        }

        if (wanted.Info.Kind == EmbeddingKind.Sparse && wanted.Elements != ElementType.Float32)
        {
            throw new CollectionMismatchException($"SQLite stores the weights of sparse vectors with 32 bits; leave elements={wanted.Elements.ToString().ToLowerInvariant()} out of the database's address.");
        }
    }

    private void RequireSame(StoredCollection existing, StoredCollection wanted)
    {
        CollectionFit.RequireSame(existing.Info, wanted.Info, $"'{_sql.Name}' in '{_database.Path}'");
        if (_elements is { } elements && elements != existing.Elements)
        {
            throw new CollectionMismatchException(
                $"The collection '{_sql.Name}' in '{_database.Path}' keeps its vectors as {existing.Elements.ToString().ToLowerInvariant()}, not as {elements.ToString().ToLowerInvariant()}. Leave elements out of the database's address, name another collection, or drop it and ingest again.");
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

    private sealed record Known(StoredCollection Collection, EmbeddingTables Tables);
}
