namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// Version 1. The ledger is made for tens of millions of rows: sinks, configurations and documents have small numbers, ids are blobs of 16 bytes, chunks lie in
/// the tree of their key. A sink's collections make tables of their own when they are created.
/// </summary>
internal static class SqliteSchemaV1
{
    public static readonly string[] Statements =
    [
        """
        CREATE TABLE sink_collections(
          name        TEXT PRIMARY KEY,
          model       TEXT NOT NULL,
          fingerprint TEXT NOT NULL,
          kind        INTEGER NOT NULL,
          dimension   INTEGER NOT NULL,
          distance    INTEGER NOT NULL
        ) WITHOUT ROWID
        """,

        // A sink without a name is forgotten; what is left of it is being cleared away.
        "CREATE TABLE ledger_sinks(num INTEGER PRIMARY KEY, name TEXT UNIQUE)",

        "CREATE TABLE ledger_configurations(num INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE)",

        """
        CREATE TABLE ledger_walks(
          num           INTEGER PRIMARY KEY AUTOINCREMENT,
          sink          INTEGER NOT NULL REFERENCES ledger_sinks(num),
          scope         TEXT NOT NULL,
          configuration INTEGER NOT NULL REFERENCES ledger_configurations(num),
          cursor        TEXT,
          listed        INTEGER NOT NULL DEFAULT 0,
          complete      INTEGER NOT NULL DEFAULT 1,
          began         INTEGER NOT NULL,
          ended         INTEGER
        )
        """,
        "CREATE INDEX ledger_walks_scope ON ledger_walks(sink, scope)",

        // seen, settled: numbers of walks. dirty: its last processing did not end. problem: settled by its listing alone.
        """
        CREATE TABLE ledger_documents(
          num           INTEGER PRIMARY KEY,
          sink          INTEGER NOT NULL REFERENCES ledger_sinks(num),
          id            BLOB NOT NULL,
          slot          INTEGER NOT NULL,
          state         INTEGER NOT NULL,
          dirty         INTEGER NOT NULL DEFAULT 0,
          problem       INTEGER NOT NULL DEFAULT 0,
          unchanged     INTEGER NOT NULL DEFAULT 0,
          generation    INTEGER NOT NULL DEFAULT 0,
          chunks        INTEGER NOT NULL DEFAULT 0,
          seen          INTEGER NOT NULL,
          settled       INTEGER NOT NULL DEFAULT 0,
          configuration INTEGER REFERENCES ledger_configurations(num),
          length        INTEGER,
          modified      INTEGER,
          version       TEXT,
          media_type    TEXT,
          content_hash  TEXT,
          reason        TEXT,
          message       TEXT,
          uri           TEXT NOT NULL,
          UNIQUE(sink, id)
        )
        """,
        "CREATE INDEX ledger_documents_pending ON ledger_documents(sink, seen, slot, num) WHERE state < 2",
        "CREATE INDEX ledger_documents_uri ON ledger_documents(sink, uri)",
        "CREATE INDEX ledger_documents_content ON ledger_documents(sink, content_hash) WHERE content_hash IS NOT NULL",

        """
        CREATE TABLE ledger_chunks(
          document   INTEGER NOT NULL REFERENCES ledger_documents(num),
          id         BLOB NOT NULL,
          generation INTEGER NOT NULL,
          place      INTEGER NOT NULL,
          PRIMARY KEY(document, id)
        ) WITHOUT ROWID
        """,

        """
        CREATE TABLE ledger_dead_letters(
          num      INTEGER PRIMARY KEY AUTOINCREMENT,
          sink     INTEGER NOT NULL REFERENCES ledger_sinks(num),
          document INTEGER NOT NULL REFERENCES ledger_documents(num),
          chunk    BLOB,
          place    TEXT,
          reason   TEXT NOT NULL,
          message  TEXT NOT NULL,
          attempts INTEGER NOT NULL,
          at       INTEGER NOT NULL,
          excerpt  TEXT
        )
        """,
        "CREATE INDEX ledger_dead_letters_sink ON ledger_dead_letters(sink, num)",
        "CREATE INDEX ledger_dead_letters_document ON ledger_dead_letters(document)",
    ];
}
