using Sluice.Actors.Storage.Postgres;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>The table of jobs. Progress is written once a second: room in the page keeps such an update away from the indexes (HOT).</summary>
internal static class PostgresJobSchema
{
    private static readonly string[] s_version1 =
    [
        // token: made by who submits, so that a submission whose answer was lost is not taken twice.
        """
        CREATE TABLE jobs(
          num          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          token        uuid NOT NULL UNIQUE,
          state        smallint NOT NULL DEFAULT 0,
          wish         smallint NOT NULL DEFAULT 0,
          weight       int NOT NULL CHECK (weight BETWEEN 1 AND 1000),
          sources_done int NOT NULL DEFAULT 0,
          submitted    timestamptz NOT NULL,
          began        timestamptz,
          ended        timestamptz,
          reported     timestamptz,
          name         text NOT NULL,
          sources      text[] NOT NULL,
          settings     text NOT NULL,
          reason       text,
          progress     text
        ) WITH (fillfactor = 50)
        """,
        "CREATE INDEX jobs_unended ON jobs(num) WHERE state < 3",
    ];

    // epoch: rises each time a coordinator takes office, so that one that stood still is known.
    private static readonly string[] s_version2 =
    [
        "CREATE TABLE jobs_coordinator(one smallint PRIMARY KEY CHECK (one = 1), epoch bigint NOT NULL)",
        "INSERT INTO jobs_coordinator VALUES (1, 0)",
    ];

    public static PostgresMigrations Migrations { get; } = new("jobs", [s_version1, s_version2]);
}
