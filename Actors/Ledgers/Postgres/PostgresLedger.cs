using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>
/// A ledger in a PostgreSQL database, for many nodes at once. Each call is one batch of statements over arrays: one round trip and one transaction, whatever the
/// number of rows. Calls wait while the server is away. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Rows are written in the order of their ids, so that two batches wait for each other instead of locking each other out; what deadlocks all the same is tried again.
/// </remarks>
internal sealed partial class PostgresLedger : ILedger
{
    /// <summary>
    /// Every statement but the reports is a walk along an index from a few rows. The planner is told so: it must not take a table that was small when it was last
    /// analyzed for a small one. Plans are made anew each time; a plan that is kept would be the one for the empty table.
    /// </summary>
    private const string PlannerSettings =
        "-c plan_cache_mode=force_custom_plan -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    /// <summary>Undoes <see cref="PlannerSettings"/> for the rest of a transaction: reports read most of a table.</summary>
    private const string ForReports =
        """
        SELECT FROM (
          SELECT set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true), set_config('enable_hashjoin', 'on', true),
                 set_config('enable_mergejoin', 'on', true), set_config('statement_timeout', '600000', true)) AS settings
        """;

    /// <summary>Seconds that a statement over most of a table may take.</summary>
    private const int LongTimeout = 600;

    private const string SinkOf1 = "(SELECT num FROM ledger_sinks WHERE name = $1)";

    /// <summary>
    /// The number of each document of <c>i(id)</c>. One look-up a document, whatever the planner believes about the table: joined in the plain way it may read all of a
    /// sink's documents, which it takes for a few until the table is analyzed.
    /// </summary>
    private const string NumberOfEach = $"CROSS JOIN LATERAL (SELECT num FROM ledger_documents WHERE sink = {SinkOf1} AND id = i.id LIMIT 1) AS n";

    /// <summary>The numbers of the documents <c>$2</c>.</summary>
    private const string NumbersOf2 = $"ARRAY(SELECT n.num FROM unnest($2::uuid[]) AS i(id) {NumberOfEach})";

    private readonly PostgresDatabase _database;
    private readonly TimeProvider _timeProvider;
    private readonly PostgresHistory _history = new();
    private PostgresSessionLease? _lease;
    private long _leasedIn;

    public PostgresLedger(PostgresAddress address, TimeProvider timeProvider)
    {
        _database = new PostgresDatabase(address, PlannerSettings, timeProvider, _history.CheckAsync) { Guard = ThrowIfNotHeld };
        _timeProvider = timeProvider;
    }

    public string? Trouble => _database.Trouble;

    public long History => _history.Number;

    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        await PostgresLedgerSchema.Migrations.RunAsync(_database, cancellationToken).ConfigureAwait(false);
        await PostgresClusterSchema.Migrations.RunAsync(_database, cancellationToken).ConfigureAwait(false);
        _history.Begin();
        await _database.RunAsync(
            async (connection, _) =>
            {
                await _history.CheckAsync(connection).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<IAsyncDisposable> AcquireAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var lease = await PostgresLease.AcquireAsync(_database, request, _timeProvider, cancellationToken).ConfigureAwait(false);
        _leasedIn = History;
        Volatile.Write(ref _lease, lease);
        return lease;
    }

    public async Task<IClusterLease?> JoinAsync(ClusterLeaseRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var lease = await PostgresClusterLease.JoinAsync(_database, request, _timeProvider, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _lease, lease);
        return lease;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _lease, null) is { } lease)
        {
            await lease.DisposeAsync().ConfigureAwait(false);
        }

        await _database.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A run of one machine ends when the database is another one: the next one reads all again. A cluster's nodes do that by themselves.</summary>
    private void ThrowIfNotHeld()
    {
        var lease = Volatile.Read(ref _lease);
        lease?.ThrowIfNotHeld();
        if (lease is PostgresLease && History != _leasedIn)
        {
            throw new StorageException(
                $"The ledger at {_database.Address.Display} is another database than at the start of this run: a standby has taken the place of its server, or it was restored. What was committed last may be missing there. "
                + "Run the same command again: it goes on from what the ledger holds, and compares what is in doubt with the database.");
        }
    }

    /// <summary>Runs a batch. <paramref name="fill"/> may be asked more than once.</summary>
    private Task<int> ExecuteAsync(Action<NpgsqlBatch> fill, CancellationToken cancellationToken) =>
        _database.RunAsync((connection, stop) => connection.ExecuteAsync(fill, stop), cancellationToken);

    /// <summary>Runs a batch and reads its rows. <paramref name="fill"/> may be asked more than once.</summary>
    private async Task<IReadOnlyList<T>> ReadAsync<T>(Action<NpgsqlBatch> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, int? timeout = null) =>
        await _database.RunAsync((connection, stop) => connection.ReadAsync(fill, read, stop, timeout), cancellationToken).ConfigureAwait(false);

    private static NpgsqlBatch AddNames(NpgsqlBatch batch, WalkSpec spec) => batch
        .Then("INSERT INTO ledger_sinks (name) SELECT $1 WHERE NOT EXISTS (SELECT FROM ledger_sinks WHERE name = $1) ON CONFLICT (name) DO NOTHING", PostgresBatch.Of(spec.Sink))
        .Then(
            "INSERT INTO ledger_configurations (value) SELECT $1 WHERE NOT EXISTS (SELECT FROM ledger_configurations WHERE value = $1) ON CONFLICT (value) DO NOTHING",
            PostgresBatch.Of(spec.Configuration));

    private static Guid[] Sorted(IReadOnlyCollection<DocumentId> documents)
    {
        var ids = new Guid[documents.Count];
        var count = 0;
        foreach (var document in documents)
        {
            ids[count++] = document.Value;
        }

        Array.Sort(ids);
        return ids;
    }

    /// <summary>
    /// Splits items so that none is twice in a round, each round in the order of its ids: one statement cannot change a row twice. Mostly there is one round.
    /// </summary>
    private static List<T[]> Rounds<T>(IReadOnlyList<T> items, Func<T, Guid> id)
    {
        var counts = new Dictionary<Guid, int>(items.Count);
        var rounds = new List<List<T>>();
        foreach (var item in items)
        {
            var key = id(item);
            var round = counts.GetValueOrDefault(key);
            counts[key] = round + 1;
            if (round == rounds.Count)
            {
                rounds.Add([]);
            }

            rounds[round].Add(item);
        }

        return rounds.ConvertAll(round =>
        {
            round.Sort((one, other) => id(one).CompareTo(id(other)));
            return round.ToArray();
        });
    }
}
