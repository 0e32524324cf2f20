namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>The tables of one collection, but for its embeddings, and the statements on them. Names hold no double underscore, so two collections' tables never meet.</summary>
internal sealed class CollectionSql(string name)
{
    private readonly string _documents = $"{name}__documents";
    private readonly string _chunks = $"{name}__chunks";
    private readonly string _words = $"{name}__words";

    /// <summary>The collection's name.</summary>
    public string Name { get; } = name;

    public string FindDocument { get; } = $"SELECT num, uri FROM {name}__documents WHERE id = ?";

    public string InsertDocument { get; } = $"INSERT INTO {name}__documents(id, uri) VALUES (?, ?)";

    public string RenameDocument { get; } = $"UPDATE {name}__documents SET uri = ? WHERE num = ?";

    public string DeleteEmptyDocument { get; } =
        $"DELETE FROM {name}__documents WHERE num = ?1 AND NOT EXISTS (SELECT 1 FROM {name}__chunks WHERE document = ?1)";

    public string FindChunk { get; } = $"SELECT num, document FROM {name}__chunks WHERE id = ?";

    public string InsertChunk { get; } =
        $"INSERT INTO {name}__chunks(document, title, headings, metadata, start, stop, line, page, row, part, anchor, id, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    public string UpdateChunk { get; } =
        $"UPDATE {name}__chunks SET document = ?, title = ?, headings = ?, metadata = ?, start = ?, stop = ?, line = ?, page = ?, row = ?, part = ?, anchor = ?, id = ?, text = ? WHERE num = ?";

    public string FindRelocated { get; } = $"SELECT num, title, headings FROM {name}__chunks WHERE id = ?";

    public string Relocate { get; } =
        $"UPDATE {name}__chunks SET title = ?, headings = ?, metadata = ?, start = ?, stop = ?, line = ?, page = ?, row = ?, part = ?, anchor = ? WHERE num = ?";

    public string PutWords { get; } = $"INSERT OR REPLACE INTO {name}__words(rowid, text, title, headings) VALUES (?, ?, ?, ?)";

    public string PutWordsOfStoredText { get; } =
        $"INSERT OR REPLACE INTO {name}__words(rowid, text, title, headings) SELECT num, text, ?, ? FROM {name}__chunks WHERE num = ?";

    public string DeleteChunk { get; } = $"DELETE FROM {name}__chunks WHERE num = ?";

    public string DeleteWords { get; } = $"DELETE FROM {name}__words WHERE rowid = ?";

    public string ChunksOfDocument { get; } = $"SELECT num FROM {name}__chunks WHERE document = ? LIMIT ?";

    public string Count { get; } = $"SELECT count(*) FROM {name}__chunks";

    public string ListIds { get; } =
        $"SELECT c.num, d.id, c.id FROM {name}__chunks AS c JOIN {name}__documents AS d ON d.num = c.document WHERE c.num > ? ORDER BY c.num LIMIT ?";

    public string ListIdsOfDocument { get; } =
        $"SELECT c.num, d.id, c.id FROM {name}__documents AS d JOIN {name}__chunks AS c ON c.document = d.num WHERE c.num > ? AND d.id = ? ORDER BY c.num LIMIT ?";

    public string ReadChunk { get; } =
        $"SELECT c.id, d.uri, c.text, c.title, c.headings, c.metadata, c.start, c.stop, c.line, c.page, c.row, c.part, c.anchor FROM {name}__chunks AS c JOIN {name}__documents AS d ON d.num = c.document WHERE c.num = ?";

    /// <summary>As <see cref="ReadChunk"/>, then row number and document, by id.</summary>
    public string ReadRecord { get; } =
        $"SELECT c.id, d.uri, c.text, c.title, c.headings, c.metadata, c.start, c.stop, c.line, c.page, c.row, c.part, c.anchor, c.num, d.id FROM {name}__chunks AS c JOIN {name}__documents AS d ON d.num = c.document WHERE c.id = ?";

    /// <summary>As <see cref="ReadRecord"/>, by row number: after, up to, count.</summary>
    public string ReadRecordsFrom { get; } =
        $"SELECT c.id, d.uri, c.text, c.title, c.headings, c.metadata, c.start, c.stop, c.line, c.page, c.row, c.part, c.anchor, c.num, d.id FROM {name}__chunks AS c JOIN {name}__documents AS d ON d.num = c.document WHERE c.num > ? AND c.num <= ? ORDER BY c.num LIMIT ?";

    public string ReadId { get; } = $"SELECT id FROM {name}__chunks WHERE num = ?";

    /// <summary>Full text, titles and headings counting half as much again: query, the filter's arguments, count. The plus keeps the filter from leading.</summary>
    public string Match(string? filter) =>
        $"SELECT rowid, bm25({_words}, 1.0, 3.0, 2.0) AS score FROM {_words} WHERE {_words} MATCH ?{(filter is null ? "" : $" AND +rowid IN ({filter})")} ORDER BY score, rowid LIMIT ?";

    /// <summary>The chunks that a filter lets through; one argument for each side of a metadata pair.</summary>
    public string Filter(bool uri, int metadata)
    {
        var conditions = new List<string>();
        if (uri)
        {
            conditions.Add($"document IN (SELECT num FROM {_documents} WHERE {SqliteSink.UriPredicate}(uri))");
        }

        for (var pair = 0; pair < metadata; pair++)
        {
            conditions.Add("EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND atom = ?)");
        }

        return $"SELECT num FROM {_chunks} WHERE {string.Join(" AND ", conditions)}";
    }

    public IEnumerable<string> Create =>
    [
        $"CREATE TABLE {_documents}(num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, uri TEXT NOT NULL)",
        $"""
        CREATE TABLE {_chunks}(
          num      INTEGER PRIMARY KEY,
          id       BLOB NOT NULL UNIQUE,
          document INTEGER NOT NULL REFERENCES {_documents}(num),
          start    INTEGER NOT NULL,
          stop     INTEGER NOT NULL,
          line     INTEGER,
          page     INTEGER,
          row      INTEGER,
          part     TEXT,
          anchor   TEXT,
          title    TEXT,
          headings TEXT,
          metadata TEXT,
          text     TEXT NOT NULL
        )
        """,
        $"CREATE INDEX {_chunks}_document ON {_chunks}(document)",
        $"CREATE VIRTUAL TABLE {_words} USING fts5(text, title, headings, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2')",
    ];

    public IEnumerable<string> Drop => [$"DROP TABLE {_words}", $"DROP TABLE {_chunks}", $"DROP TABLE {_documents}"];
}
