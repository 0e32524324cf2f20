using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    public Task<Walk> BeginWalkAsync(WalkSpec spec, bool resume, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return WriteAsync(session => BeginWalk(session, spec, resume), 1, cancellationToken);
    }

    public Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(root);
        return WriteAsync(
            session =>
            {
                Require(session, walk);
                session.Prepare("UPDATE ledger_walks SET root = ? WHERE num = ? AND root IS NULL").Bind(root).Bind(walk.Id).Run();
            },
            1,
            cancellationToken);
    }

    public Task EndWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return WriteAsync(
            session =>
            {
                Require(session, walk);
                if (session.Prepare("UPDATE ledger_walks SET ended = ? WHERE num = ? AND listed").Bind(_timeProvider.GetUtcNow().UtcTicks).Bind(walk.Id).Run() == 0)
                {
                    using var at = session.Prepare("SELECT cursor FROM ledger_walks WHERE num = ?");
                    throw LedgerScope.ListingLost(walk, at.Bind(walk.Id).Step() ? at.NullableText(0) : null);
                }

                // Of each scope the last walk is kept, for summaries.
                session.Prepare("DELETE FROM ledger_walks WHERE num < ?1 AND (sink, scope) = (SELECT sink, scope FROM ledger_walks WHERE num = ?1)").Bind(walk.Id).Run();
            },
            1,
            cancellationToken);
    }

    private Walk BeginWalk(SqliteSession session, WalkSpec spec, bool resume)
    {
        var sink = AddSink(session, spec.Sink);
        var configuration = AddConfiguration(session, spec.Configuration);
        if (resume && FindUnfinished(session, sink, configuration, spec) is { } unfinished)
        {
            var taken = unfinished with { Epoch = NextEpoch(session) };
            session.Prepare("UPDATE ledger_walks SET epoch = ? WHERE num = ?").Bind(taken.Epoch).Bind(taken.Id).Run();
            return taken;
        }

        Supersede(session, sink, spec.Scope);
        var epoch = NextEpoch(session);
        session.Prepare("INSERT INTO ledger_walks(sink, scope, configuration, began, epoch) VALUES (?, ?, ?, ?, ?)")
            .Bind(sink).Bind(spec.Scope.ToString()).Bind(configuration).Bind(_timeProvider.GetUtcNow().UtcTicks).Bind(epoch).Run();
        return new Walk(session.LastInsertRowId, spec, null) { Epoch = epoch };
    }

    private static long NextEpoch(SqliteSession session)
    {
        session.Prepare("UPDATE ledger_epochs SET last = last + 1").Run();
        return session.Scalar("SELECT last FROM ledger_epochs");
    }

    /// <summary>Takes the documents of unfinished walks over: whoever holds one of them is refused from here on.</summary>
    private static void Supersede(SqliteSession session, long sink, SourceScope scope)
    {
        var superseded = new List<long>();
        using (var walks = session.Prepare("SELECT num, scope FROM ledger_walks WHERE sink = ? AND ended IS NULL AND epoch > 0"))
        {
            walks.Bind(sink);
            while (walks.Step())
            {
                if (SourceScope.Parse(walks.Text(1)).Overlaps(scope))
                {
                    superseded.Add(walks.Int64(0));
                }
            }
        }

        superseded.ForEach(walk => session.Prepare("UPDATE ledger_walks SET epoch = 0 WHERE num = ?").Bind(walk).Run());
    }

    /// <summary>Refuses those who held a walk that another one has taken over. In the same transaction as what they write.</summary>
    private static void Require(SqliteSession session, Walk walk)
    {
        if (!IsHeld(session, walk))
        {
            throw LedgerScope.Superseded(walk);
        }
    }

    private static bool IsHeld(SqliteSession session, Walk walk)
    {
        using var held = session.Prepare("SELECT 1 FROM ledger_walks WHERE num = ? AND epoch = ?");
        return held.Bind(walk.Id).Bind(walk.Epoch).Step();
    }

    /// <summary>
    /// The last walk of a spec, if it did not end. A later walk that overlaps it has taken over its documents: then there is none to take up.
    /// </summary>
    private static Walk? FindUnfinished(SqliteSession session, long sink, long configuration, WalkSpec spec)
    {
        using var walks = session.Prepare("SELECT num, scope, configuration, cursor, ended, listed, complete, root FROM ledger_walks WHERE sink = ? ORDER BY num DESC");
        walks.Bind(sink);
        while (walks.Step())
        {
            var other = SourceScope.Parse(walks.Text(1));
            if (other == spec.Scope)
            {
                return walks.Int64(2) == configuration && walks.IsNull(4)
                    ? new Walk(walks.Int64(0), spec, walks.NullableText(3)) { Listed = walks.Int64(5) != 0, Complete = walks.Int64(6) != 0, Root = walks.NullableText(7) }
                    : null;
            }

            // A walk over the same documents has taken them from it.
            if (other.Overlaps(spec.Scope))
            {
                return null;
            }
        }

        return null;
    }
}
