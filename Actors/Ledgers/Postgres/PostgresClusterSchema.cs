using Sluice.Actors.Storage.Postgres;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>The table of the nodes that hold a ledger together. A row counts while its session lives and holds the ledger's lock.</summary>
internal static class PostgresClusterSchema
{
    private static readonly string[] s_version1 =
    [
        // incarnation: the same for all nodes of one cluster, as long as one of them lives. node: number of a start of the node. began: of the session, since a process id comes again.
        """
        CREATE TABLE ledger_nodes(
          token       uuid PRIMARY KEY,
          incarnation uuid NOT NULL,
          backend     int NOT NULL,
          began       timestamptz,
          node        bigint NOT NULL,
          process     int NOT NULL,
          since       timestamptz NOT NULL,
          cluster     text NOT NULL,
          address     text NOT NULL,
          machine     text NOT NULL
        )
        """,
    ];

    public static PostgresMigrations Migrations { get; } = new("cluster", [s_version1]);
}
