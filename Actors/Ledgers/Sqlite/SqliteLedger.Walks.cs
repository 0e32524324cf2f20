using Sluice.Actors.Storage.Sqlite;
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
        return WriteAsync(session => session.Prepare("UPDATE ledger_walks SET root = ? WHERE num = ? AND root IS NULL").Bind(root).Bind(walk.Id).Run(), 1, cancellationToken);
    }

    public Task EndWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return WriteAsync(
            session =>
            {
                session.Prepare("UPDATE ledger_walks SET ended = ? WHERE num = ?").Bind(_timeProvider.GetUtcNow().UtcTicks).Bind(walk.Id).Run();

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
            return unfinished;
        }

        session.Prepare("INSERT INTO ledger_walks(sink, scope, configuration, began) VALUES (?, ?, ?, ?)")
            .Bind(sink).Bind(spec.Scope).Bind(configuration).Bind(_timeProvider.GetUtcNow().UtcTicks).Run();
        return new Walk(session.LastInsertRowId, spec, null);
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
            var other = walks.Text(1);
            if (other.Equals(spec.Scope, StringComparison.Ordinal))
            {
                return walks.Int64(2) == configuration && walks.IsNull(4)
                    ? new Walk(walks.Int64(0), spec, walks.NullableText(3)) { Listed = walks.Int64(5) != 0, Complete = walks.Int64(6) != 0, Root = walks.NullableText(7) }
                    : null;
            }

            // A walk over the same documents has taken them from it.
            if (LedgerScope.Overlap(other, spec.Scope))
            {
                return null;
            }
        }

        return null;
    }
}
