using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>
/// The lease of one node of a cluster: the ledger's lock, which its nodes share, and a row with the cluster's incarnation. Whoever finds rows of another incarnation has
/// come second. A node learns the incarnation from a row of a member of its own cluster; the first one makes it. It lives as long as one of the nodes does.
/// </summary>
internal sealed class PostgresClusterLease : PostgresSessionLease, IClusterLease
{
    /// <summary>How long a node that is about to be refused looks again: the processes of a cluster that is just being stopped may take a moment to end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly ClusterLeaseRequest _request;
    private readonly TimeProvider _timeProvider;
    private readonly long _asked;
    private Guid? _incarnation;

    private PostgresClusterLease(PostgresDatabase database, ClusterLeaseRequest request, TimeProvider timeProvider)
        : base(database, timeProvider)
    {
        _request = request;
        _timeProvider = timeProvider;
        _asked = timeProvider.GetTimestamp();
    }

    /// <summary>Takes a node's part of the lease.</summary>
    /// <exception cref="LedgerHeldException">Another cluster, or a run of one machine, holds it.</exception>
    public static async Task<PostgresClusterLease> JoinAsync(PostgresDatabase database, ClusterLeaseRequest request, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var lease = new PostgresClusterLease(database, request, timeProvider);
        await lease.BeginAsync(cancellationToken).ConfigureAwait(false);
        return lease;
    }

    protected override async Task TakeAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        if (!await PostgresLeaseRows.TryLockAsync(session, LockName, shared: true, cancellationToken).ConfigureAwait(false))
        {
            throw Refuse(await PostgresLeaseRows.FindRunAsync(session, Place, cancellationToken).ConfigureAwait(false)
                ?? new LedgerHeldException($"The ledger at {Place} is being written by a run of one machine. Wait for it to end, or stop it."));
        }

        // One after the other: of two clusters that come at once the second sees the first.
        var transaction = await session.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var rollback = transaction.ConfigureAwait(false);
        await session.ExecuteAsync(batch => batch.Then("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", PostgresBatch.Of("sluice cluster " + Database.Address.Schema)), cancellationToken).ConfigureAwait(false);
        var others = await PostgresLeaseRows.ListNodesAsync(session, cancellationToken).ConfigureAwait(false);
        others.RemoveAll(node => node.Token == Token);
        var incarnation = _incarnation ?? Learn(others) ?? Guid.NewGuid();
        if (others.Find(node => node.Incarnation != incarnation) is { } foreign)
        {
            throw Refuse(new LedgerHeldException(
                $"The ledger at {Place} is the one of {foreign.Describe(others.Count)}. This node ({_request.Address}) is not a member of it. Join that cluster (--seed), name another ledger, or stop the others first."));
        }

        await PostgresLeaseRows.WriteNodeAsync(session, new LeaseNode(Token, incarnation, _request.Cluster, _request.Address, _request.Incarnation, "", default), cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _incarnation = incarnation;
    }

    protected override Task RemoveRowAsync(NpgsqlConnection session) => PostgresLeaseRows.RemoveNodeAsync(session, Token);

    /// <summary>The incarnation of this node's cluster, from the rows of its members; null when none of them has the ledger yet.</summary>
    /// <exception cref="TransientException">A session of a process that is gone has not ended yet.</exception>
    private Guid? Learn(List<LeaseNode> others)
    {
        var members = _request.Members();
        if (others.Find(node => members.Contains((node.Address, node.Node))) is { } member)
        {
            return member.Incarnation;
        }

        // The same address with another number: a process that this one, or another member, has come in the place of.
        return others.Exists(node => node.Machine == Environment.MachineName && members.Any(known => known.Address == node.Address))
            ? throw new TransientException($"The ledger at {Place} is still held by a connection of a node that has been started again since.")
            : null;
    }

    private SluiceException Refuse(LedgerHeldException held) =>
        _incarnation is null && _timeProvider.GetElapsedTime(_asked) < s_patience ? new TransientException(held.Message, innerException: held) : held;
}
