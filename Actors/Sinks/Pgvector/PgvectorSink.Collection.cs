using Npgsql;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

internal sealed partial class PgvectorSink
{
    /// <summary>Whoever makes or drops a collection holds this lock till the commit; ten at once become one after the other.</summary>
    private const string LockCollections = "SELECT pg_advisory_xact_lock(hashtextextended('sluice collections', 0))";

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var wanted = new CollectionInfo(spec.Model.Name, spec.Model.Fingerprint, spec.Model.Kind, spec.Model.Dimension, spec.Model.Distance);
        PgvectorCollection.RequireStorable(wanted);
        _collection = await RunAsync((connection, token) => EnsureAsync(connection, wanted, token), cancellationToken).ConfigureAwait(false);
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(LoadAsync, cancellationToken).ConfigureAwait(false) is null)
        {
            return;
        }

        // Idle writers hold no lock, but their temporary tables and plans are made for the old collection.
        await CloseSessionsAsync().ConfigureAwait(false);
        await RunAsync(DropAsync, cancellationToken).ConfigureAwait(false);
        _collection = null;
    }

    private async Task<PgvectorCollection> EnsureAsync(NpgsqlConnection connection, CollectionInfo wanted, CancellationToken cancellationToken)
    {
        var place = $"'{_tables.Name}' in the schema {_tables.Schema} of {_address.Server.Display}";
        if (await LoadAsync(connection, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            existing.RequireSame(wanted, _address.Language, place);
            if (!_address.Hnsw || await HasIndexAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                return existing;
            }
        }

        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, LockCollections, cancellationToken).ConfigureAwait(false);
            var collection = await EnsureLockedAsync(connection, wanted, place, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return collection;
        }
    }

    private async Task<PgvectorCollection> EnsureLockedAsync(NpgsqlConnection connection, CollectionInfo wanted, string place, CancellationToken cancellationToken)
    {
        var extension = await EnsureExtensionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!await ExistsAsync(connection, "SELECT to_regnamespace($1) IS NOT NULL", _tables.Schema, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, $"CREATE SCHEMA {_tables.Schema}", cancellationToken).ConfigureAwait(false);
        }

        if (!await ExistsAsync(connection, "SELECT to_regclass($1) IS NOT NULL", _tables.Collections, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, _tables.CreateCollections, cancellationToken).ConfigureAwait(false);
        }

        var collection = await PgvectorCollection.ReadAsync(connection, _tables, cancellationToken).ConfigureAwait(false);
        if (collection is null)
        {
            collection = new PgvectorCollection(wanted, _address.Language ?? PgvectorAddress.DefaultLanguage, extension);
            await CreateAsync(connection, collection, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            collection.RequireSame(wanted, _address.Language, place);
        }

        if (_address.Hnsw && _tables.CreateIndex(wanted, extension, _options) is { } createIndex && !await HasIndexAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, FormattableString.Invariant($"SET LOCAL maintenance_work_mem = '{_options.IndexMemoryBytes >> 10}kB'"), cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, createIndex, cancellationToken, withoutLimit: true).ConfigureAwait(false);
        }

        return collection;
    }

    private async Task CreateAsync(NpgsqlConnection connection, PgvectorCollection collection, CancellationToken cancellationToken)
    {
        await EnsureLanguageAsync(connection, collection.Language, cancellationToken).ConfigureAwait(false);
        foreach (var statement in _tables.Create(collection.Info, collection.Extension))
        {
            try
            {
                await ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateTable)
            {
                throw new StorageException(
                    $"The schema {_tables.Schema} of PostgreSQL at {_address.Server.Display} has tables named as those of the collection '{_tables.Name}', which is not listed in {_tables.Collections}: {exception.MessageText}. Name another collection or schema, or remove them.",
                    exception);
            }
        }

        var insert = connection.CreateCommand();
        await using (insert.ConfigureAwait(false))
        {
            insert.CommandText = $"INSERT INTO {_tables.Collections}(name, model, fingerprint, kind, dimension, distance, language) VALUES ($1, $2, $3, $4, $5, $6, $7)";
            var info = collection.Info;
            object[] values = [_tables.Name, StoredText.Encode(info.ModelName), info.ModelFingerprint, info.Kind.ToString(), info.Dimension, info.Distance.ToString(), collection.Language];
            foreach (var value in values)
            {
                insert.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task EnsureLanguageAsync(NpgsqlConnection connection, string language, CancellationToken cancellationToken)
    {
        const string Known =
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_ts_config WHERE cfgnamespace = 'pg_catalog'::regnamespace AND cfgname = $1) "
            + "AND EXISTS (SELECT FROM pg_catalog.pg_ts_dict WHERE dictnamespace = 'pg_catalog'::regnamespace AND dictname = $1 || '_stem')";
        var made = $"SELECT EXISTS (SELECT FROM pg_catalog.pg_ts_config WHERE cfgnamespace = to_regnamespace($1) AND cfgname = 'sluice_{language}')";
        if (CollectionTables.IsPlain(language) || await ExistsAsync(connection, made, _tables.Schema, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (!await ExistsAsync(connection, Known, language, cancellationToken).ConfigureAwait(false))
        {
            throw new ConfigurationException(
                $"PostgreSQL at {_address.Server.Display} has no words of the language '{language}'. Choose language=simple, which takes words as they are, or one with a stemmer; psql lists them with \\dFd *_stem.");
        }

        foreach (var statement in _tables.CreateConfiguration(language))
        {
            await ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<PgvectorExtension> EnsureExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var extension = await PgvectorCollection.ReadExtensionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (extension is null)
        {
            try
            {
                await ExecuteAsync(connection, "CREATE EXTENSION vector", cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (!exception.IsTransient)
            {
                throw new StorageException(
                    $"The database at {_address.Server.Display} has no pgvector, and it cannot be made: {exception.MessageText}. Install it on the server (Debian, Ubuntu: apt-get install postgresql-NN-pgvector), then as superuser run in this database: CREATE EXTENSION vector",
                    exception);
            }

            extension = await PgvectorCollection.ReadExtensionAsync(connection, cancellationToken).ConfigureAwait(false)
                ?? throw new StorageException($"The database at {_address.Server.Display} has no pgvector. As superuser run in it: CREATE EXTENSION vector");
        }

        return extension.IsNewEnough
            ? extension
            : throw new StorageException(
                $"pgvector in the database at {_address.Server.Display} is of version {extension.Version}; {PgvectorExtension.Oldest} or later is needed. Install a newer one on the server, then run: ALTER EXTENSION vector UPDATE");
    }

    private async Task<bool> DropAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, LockCollections, cancellationToken).ConfigureAwait(false);
            foreach (var statement in _tables.Drop())
            {
                await ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(connection, $"DELETE FROM {_tables.Collections} WHERE name = '{_tables.Name}'", cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private Task<bool> HasIndexAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ExistsAsync(connection, "SELECT to_regclass($1) IS NOT NULL", $"{_tables.Schema}.{_tables.IndexName}", cancellationToken);

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string name, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            command.Parameters.Add(new NpgsqlParameter { Value = name });
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, bool withoutLimit = false)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            if (withoutLimit)
            {
                command.CommandTimeout = 0;
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
