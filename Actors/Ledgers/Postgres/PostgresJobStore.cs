using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>Jobs in a PostgreSQL database. Who waits for news is told by NOTIFY. Calls wait while the server is away. Safe for concurrent use.</summary>
internal sealed class PostgresJobStore : IJobStore
{
    private const string Columns = "num, name, sources, settings, weight, state, wish, sources_done, submitted, began, ended, reason, progress, reported";
    private const string Unended = "state < 3";
    private const int LeastWeight = 1;
    private const int MostWeight = 1_000;

    private readonly PostgresDatabase _database;
    private readonly PostgresNews _news;
    private readonly TimeProvider _timeProvider;

    public PostgresJobStore(PostgresAddress address, TimeProvider timeProvider)
    {
        _database = new PostgresDatabase(address, "-c jit=off", timeProvider);
        _news = new PostgresNews(_database, timeProvider);
        _timeProvider = timeProvider;
    }

    public string? Trouble => _database.Trouble;

    public Task InitializeAsync(CancellationToken cancellationToken) => PostgresJobSchema.Migrations.RunAsync(_database, cancellationToken);

    public async Task<long> SubmitAsync(JobSubmission submission, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(submission);
        if (submission.Sources.Count == 0)
        {
            throw new ArgumentException("A job has at least one source.", nameof(submission));
        }

        ThrowIfNoWeight(submission.Weight);
        var token = Guid.NewGuid();
        var sources = submission.Sources.ToArray();
        var rows = await ReadAsync(
            batch => batch
                .Then(
                    """
                    INSERT INTO jobs (token, name, sources, settings, weight, submitted) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (token) DO NOTHING
                    """,
                    PostgresBatch.Of(token),
                    PostgresBatch.Of(PostgresBatch.Storable(submission.Name)),
                    PostgresBatch.Of(sources),
                    PostgresBatch.Of(PostgresBatch.Storable(submission.Settings)),
                    PostgresBatch.Of(submission.Weight),
                    PostgresBatch.Of(_timeProvider.GetUtcNow()))
                .Then("SELECT num, pg_notify($2, $3)::text FROM jobs WHERE token = $1", PostgresBatch.Of(token), PostgresBatch.Of(PostgresNews.Channel), PostgresBatch.Of(_news.Subject)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        return rows[0];
    }

    public Task<IReadOnlyList<JobRecord>> ListAsync(bool unendedOnly, int limit, CancellationToken cancellationToken) => ReadAsync(
        batch => batch.Then($"SELECT {Columns} FROM jobs {(unendedOnly ? "WHERE state < 3" : "")} ORDER BY num DESC LIMIT $1", PostgresBatch.Of(limit)),
        ReadJob,
        cancellationToken);

    public async Task<JobRecord?> FindAsync(long job, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(batch => batch.Then($"SELECT {Columns} FROM jobs WHERE num = $1", PostgresBatch.Of(job)), ReadJob, cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    }

    public Task<bool> WishAsync(long job, JobWish wish, CancellationToken cancellationToken) => wish == JobWish.Run
        ? ChangeAsync("wish = $2, state = CASE WHEN state IN (1, 4) THEN 0 ELSE state END, ended = NULL, reason = CASE state WHEN 4 THEN NULL ELSE reason END", "(state < 3 OR state = 4)", job, (int)wish, cancellationToken)
        : ChangeAsync("wish = $2", Unended, job, (int)wish, cancellationToken);

    public async Task<bool> AmendAsync(long job, string settings, CancellationToken cancellationToken)
    {
        // Once, also where the answer to the first try was lost: the end of the settings tells.
        var amended = await ReadAsync(
            batch => batch.Then(
                """
                UPDATE jobs SET settings = CASE WHEN right(settings, length($2)) = $2 THEN settings ELSE settings || E'\n' || $2 END
                 WHERE num = $1 AND (state < 3 OR state = 4) RETURNING num
                """,
                PostgresBatch.Of(job),
                PostgresBatch.Of(PostgresBatch.Storable(settings))),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        return amended.Count > 0;
    }

    public Task<bool> WeighAsync(long job, int weight, CancellationToken cancellationToken)
    {
        ThrowIfNoWeight(weight);
        return ChangeAsync("weight = $2", Unended, job, weight, cancellationToken);
    }

    public async Task<long> CoordinateAsync(CancellationToken cancellationToken) => (await ReadAsync(
        static batch => batch.Then("UPDATE jobs_coordinator SET epoch = epoch + 1 RETURNING epoch"), static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false))[0];

    public async Task<bool> IsCoordinatorAsync(long epoch, CancellationToken cancellationToken) => (await ReadAsync(
        static batch => batch.Then("SELECT epoch FROM jobs_coordinator"), static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false))[0] == epoch;

    public Task SaveAsync(long epoch, long job, JobState state, int sourcesDone, string? reason, CancellationToken cancellationToken) => WriteAsync(
        epoch,
        """
        UPDATE jobs SET state = $3, sources_done = $4, reason = $5, began = CASE WHEN $3 = 1 THEN coalesce(began, $6) ELSE began END,
                        ended = CASE WHEN $3 >= 3 THEN coalesce(ended, $6) END
         WHERE num = $2 AND (SELECT epoch FROM jobs_coordinator) = $1
        """,
        () =>
        [
            PostgresBatch.Of(epoch),
            PostgresBatch.Of(job),
            PostgresBatch.Of((int)state),
            PostgresBatch.Of(sourcesDone),
            PostgresBatch.Of(PostgresBatch.Storable(reason)),
            PostgresBatch.Of(_timeProvider.GetUtcNow()),
        ],
        cancellationToken);

    public Task ReportAsync(long epoch, long job, string progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        return WriteAsync(
            epoch,
            "UPDATE jobs SET progress = $3, reported = $4 WHERE num = $2 AND (SELECT epoch FROM jobs_coordinator) = $1",
            () => [PostgresBatch.Of(epoch), PostgresBatch.Of(job), PostgresBatch.Of(PostgresBatch.Storable(progress)), PostgresBatch.Of(_timeProvider.GetUtcNow())],
            cancellationToken);
    }

    public Task WaitForNewsAsync(TimeSpan longest, CancellationToken cancellationToken) => _news.WaitAsync(longest, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _news.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Writes as the coordinator. The office is locked first: who takes it over waits until this is written, and this does nothing after that.</summary>
    private async Task WriteAsync(long epoch, string statement, Func<NpgsqlParameter[]> parameters, CancellationToken cancellationToken)
    {
        var current = await ReadAsync(
            batch => batch.Then("SELECT epoch FROM jobs_coordinator FOR SHARE").Then(statement, parameters()), static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        if (current[0] != epoch)
        {
            throw new SupersededException("Another coordinator has taken over the jobs of this cluster; this one has stopped.");
        }
    }

    private static void ThrowIfNoWeight(int weight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, LeastWeight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, MostWeight);
    }

    /// <summary>Changes a job that is in such a state, and tells those who wait.</summary>
    private async Task<bool> ChangeAsync(string change, string condition, long job, int value, CancellationToken cancellationToken)
    {
        var changed = await ReadAsync(
            batch => batch.Then(
                $"""
                WITH changed AS (UPDATE jobs SET {change} WHERE num = $1 AND {condition} RETURNING num)
                SELECT num, pg_notify($3, $4)::text FROM changed
                """,
                PostgresBatch.Of(job),
                PostgresBatch.Of(value),
                PostgresBatch.Of(PostgresNews.Channel),
                PostgresBatch.Of(_news.Subject)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        return changed.Count > 0;
    }

    private async Task<IReadOnlyList<T>> ReadAsync<T>(Action<NpgsqlBatch> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        await _database.RunAsync((connection, stop) => connection.ReadAsync(fill, read, stop), cancellationToken).ConfigureAwait(false);

    private static JobRecord ReadJob(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        new JobSubmission(row.GetString(1), row.GetFieldValue<string[]>(2), row.GetString(3), row.GetInt32(4)),
        (JobState)row.GetInt16(5),
        (JobWish)row.GetInt16(6),
        row.GetInt32(7),
        row.GetFieldValue<DateTimeOffset>(8))
    {
        Began = row.NullableTime(9),
        Ended = row.NullableTime(10),
        Reason = row.NullableText(11),
        Progress = row.NullableText(12),
        Reported = row.NullableTime(13),
    };
}
