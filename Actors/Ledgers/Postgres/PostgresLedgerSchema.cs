using Sluice.Actors.Storage.Postgres;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>The ledger's tables. Made for tens of millions of documents and hundreds of millions of chunks.</summary>
internal static class PostgresLedgerSchema
{
    // Listing an unchanged document again changes only `seen`, beginning one only `state` and its neighbours: no index has these, so that PostgreSQL
    // updates the row within its page (HOT) and leaves the indexes alone. That is what the fillfactor keeps room for, and why documents that wait have
    // a column of their own, `queue`: the walk that waits for them, null once they are settled. Rows change all the time: vacuum comes early.
    private static readonly string[] s_version1 =
    [
        // A sink without a name is forgotten; what is left of it is being cleared away.
        """CREATE TABLE ledger_sinks(num int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" UNIQUE)""",

        """CREATE TABLE ledger_configurations(num int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value text COLLATE "C" NOT NULL UNIQUE)""",

        """
        CREATE TABLE ledger_walks(
          num           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          sink          int NOT NULL,
          configuration int NOT NULL,
          scope         text COLLATE "C" NOT NULL,
          cursor        text,
          listed        boolean NOT NULL DEFAULT false,
          complete      boolean NOT NULL DEFAULT true,
          began         timestamptz NOT NULL,
          ended         timestamptz
        ) WITH (fillfactor = 50)
        """,
        "CREATE INDEX ledger_walks_sink ON ledger_walks(sink, num)",

        // seen, settled: numbers of walks. dirty: its last processing did not end. problem: settled by its listing alone. modified: ticks of 100 ns.
        """
        CREATE TABLE ledger_documents(
          num           bigint GENERATED ALWAYS AS IDENTITY,
          generation    bigint NOT NULL DEFAULT 0,
          chunks        bigint NOT NULL DEFAULT 0,
          seen          bigint NOT NULL,
          settled       bigint NOT NULL DEFAULT 0,
          queue         bigint,
          length        bigint,
          modified      bigint,
          sink          int NOT NULL,
          configuration int,
          slot          smallint NOT NULL,
          state         smallint NOT NULL,
          dirty         boolean NOT NULL DEFAULT false,
          unconfirmed   boolean NOT NULL DEFAULT false,
          problem       boolean NOT NULL DEFAULT false,
          unchanged     boolean NOT NULL DEFAULT false,
          id            uuid NOT NULL,
          uri           text COLLATE "C" NOT NULL,
          version       text COLLATE "C",
          media_type    text,
          content_hash  text COLLATE "C",
          reason        text,
          message       text,
          PRIMARY KEY (sink, id)
        ) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)
        """,
        "CREATE UNIQUE INDEX ledger_documents_num ON ledger_documents(num)",
        "CREATE INDEX ledger_documents_pending ON ledger_documents(sink, queue, slot, num) WHERE queue IS NOT NULL",

        // An entry of an index is 2,700 bytes at most, a URI may be longer.
        "CREATE INDEX ledger_documents_uri ON ledger_documents(sink, left(uri, 600), num)",
        "CREATE INDEX ledger_documents_content ON ledger_documents(sink, content_hash, num) WHERE content_hash IS NOT NULL",
        "CREATE INDEX ledger_documents_unconfirmed ON ledger_documents(sink, num) WHERE unconfirmed",

        """
        CREATE TABLE ledger_chunks(
          document   bigint NOT NULL,
          generation bigint NOT NULL,
          place      bigint NOT NULL,
          id         uuid NOT NULL,
          PRIMARY KEY (document, id)
        ) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)
        """,

        """
        CREATE TABLE ledger_dead_letters(
          num      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          document bigint NOT NULL,
          sink     int NOT NULL,
          attempts int NOT NULL,
          at       timestamptz NOT NULL,
          chunk    uuid,
          place    text,
          reason   text NOT NULL,
          message  text NOT NULL,
          excerpt  text
        )
        """,
        "CREATE INDEX ledger_dead_letters_sink ON ledger_dead_letters(sink, num)",
        "CREATE INDEX ledger_dead_letters_document ON ledger_dead_letters(document)",

        // Who holds the ledger, while the lock is held: at most one row.
        """
        CREATE TABLE ledger_holder(
          one     smallint PRIMARY KEY CHECK (one = 1),
          token   uuid NOT NULL,
          backend int NOT NULL,
          process int NOT NULL,
          machine text NOT NULL,
          since   timestamptz NOT NULL,
          holder  text NOT NULL
        )
        """,
    ];

    // epoch: rises each time a walk begins or is taken up; 0 where nobody holds it any more. It never repeats, so that one who stood still is known.
    // Walks know their source's root and how much they removed, documents the walk that found them first; what was removed is noted.
    // attempts: how often a document's processing was begun since it last ended.
    private static readonly string[] s_version2 =
    [
        "ALTER TABLE ledger_walks ADD COLUMN root text, ADD COLUMN removed bigint NOT NULL DEFAULT 0",
        "ALTER TABLE ledger_documents ADD COLUMN born bigint NOT NULL DEFAULT 0",

        """
        CREATE TABLE ledger_removals(
          num    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          walk   bigint NOT NULL,
          chunks bigint NOT NULL,
          at     timestamptz NOT NULL,
          sink   int NOT NULL,
          uri    text COLLATE "C" NOT NULL
        )
        """,
        "CREATE INDEX ledger_removals_sink ON ledger_removals(sink, num)",

        "ALTER TABLE ledger_walks ADD COLUMN epoch bigint NOT NULL DEFAULT 0",
        "CREATE TABLE ledger_epochs(one smallint PRIMARY KEY CHECK (one = 1), last bigint NOT NULL)",
        "INSERT INTO ledger_epochs VALUES (1, 0)",

        "ALTER TABLE ledger_documents ADD COLUMN attempts int NOT NULL DEFAULT 0",
        "UPDATE ledger_documents SET attempts = 1 WHERE dirty",
    ];

    // doubts: rises each time that a document is marked as unconfirmed. Begins with the walk that found it first in its upper half: one that was removed and comes back repeats no number.
    private static readonly string[] s_version3 =
    [
        "ALTER TABLE ledger_documents ADD COLUMN doubts bigint NOT NULL DEFAULT 0",
    ];

    public static PostgresMigrations Migrations { get; } = new("ledger", [s_version1, s_version2, s_version3]);
}
