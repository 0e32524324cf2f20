using Sluice.Actors.Storage.Postgres;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>The tables of the nodes that hold a ledger together (a row counts while its session lives and holds the ledger's lock) and of the server they hold it on.</summary>
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

        // Which server, and which of its timelines, the rows were last written on.
        """
        CREATE TABLE ledger_server(
          one      smallint PRIMARY KEY CHECK (one = 1),
          system   bigint NOT NULL,
          timeline text NOT NULL,
          since    timestamptz NOT NULL
        )
        """,
    ];

    public static PostgresMigrations Migrations { get; } = new("cluster", [s_version1]);
}
