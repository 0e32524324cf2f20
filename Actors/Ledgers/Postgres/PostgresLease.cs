using System.Globalization;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>The lease of one run: the ledger's lock alone.</summary>
internal sealed class PostgresLease : PostgresSessionLease
{
    private readonly LeaseRequest _request;
    private readonly TimeProvider _timeProvider;

    private PostgresLease(PostgresDatabase database, LeaseRequest request, TimeProvider timeProvider)
        : base(database, timeProvider)
    {
        _request = request;
        _timeProvider = timeProvider;
    }

    /// <summary>Takes the lease.</summary>
    /// <exception cref="LedgerHeldException">Another run, or a cluster, holds it.</exception>
    public static async Task<PostgresLease> AcquireAsync(PostgresDatabase database, LeaseRequest request, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var lease = new PostgresLease(database, request, timeProvider);
        await lease.BeginAsync(cancellationToken).ConfigureAwait(false);
        return lease;
    }

    protected override async Task TakeAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        if (!await PostgresLeaseRows.TryLockAsync(session, LockName, shared: false, cancellationToken).ConfigureAwait(false))
        {
            var beside = _request.BesideIdleCluster && await PostgresLeaseRows.TryLockAsync(session, LockName, shared: true, cancellationToken).ConfigureAwait(false);
            if (beside && await PostgresLeaseRows.HasNoJobAsync(session, Database.Address.Schema, cancellationToken).ConfigureAwait(false))
            {
                return; // As one of the cluster's nodes would: no run of one machine comes in between.
            }

            throw await DescribeAsync(session, cancellationToken).ConfigureAwait(false);
        }

        await session.ExecuteAsync(
            batch => batch.Then(
                """
                INSERT INTO ledger_holder (one, token, backend, process, machine, since, holder) VALUES (1, $1, pg_backend_pid(), $2, $3, $4, $5)
                ON CONFLICT (one) DO UPDATE SET token = excluded.token, backend = excluded.backend, process = excluded.process, machine = excluded.machine,
                                                since = excluded.since, holder = excluded.holder
                """,
                PostgresBatch.Of(Token),
                PostgresBatch.Of(Environment.ProcessId),
                PostgresBatch.Of(Environment.MachineName),
                PostgresBatch.Of(_timeProvider.GetUtcNow()),
                PostgresBatch.Of(PostgresBatch.Storable(_request.Holder))),
            cancellationToken).ConfigureAwait(false);
    }

    protected override Task RemoveRowAsync(NpgsqlConnection session) =>
        session.ExecuteAsync(batch => batch.Then("DELETE FROM ledger_holder WHERE token = $1", PostgresBatch.Of(Token)), CancellationToken.None);

    /// <summary>Who holds the lease. Where it is a session of this very lease that the server has not noticed to be gone, that is ended.</summary>
    private async Task<Exception> DescribeAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        var nodes = await PostgresLeaseRows.ListNodesAsync(session, cancellationToken).ConfigureAwait(false);
        if (nodes is [var first, ..])
        {
            return new LedgerHeldException(string.Create(
                CultureInfo.InvariantCulture,
                $"The ledger at {Place} is the one of {first.Describe(nodes.Count)}. Give the work to the cluster as a job (sluice ingest --cluster, sluice job submit), or stop its nodes, or name another ledger."));
        }

        var holders = await session.ReadAsync<Exception>(
            batch => batch.Then(
                """
                SELECT token = $1, process, machine, since, holder,
                       CASE WHEN token = $1 AND EXISTS (SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.pid = backend)
                            THEN pg_terminate_backend(backend) END
                  FROM ledger_holder
                """,
                PostgresBatch.Of(Token)),
            row => row.GetBoolean(0)
                ? new TransientException($"The lease of the ledger at {Place} is still held by a connection of this run that was lost.")
                : PostgresLeaseRows.HeldByRun(row, Place),
            cancellationToken).ConfigureAwait(false);
        return holders.Count > 0 ? holders[0] : new LedgerHeldException($"The ledger at {Place} is being written by another run. Wait for it to end, or stop it.");
    }
}
