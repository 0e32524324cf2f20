using Npgsql;
using NpgsqlTypes;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>Updates places, titles, headings and metadata of stored chunks, and the words of titles and headings; text and vector stay as they are.</summary>
internal sealed class Relocation : IAsyncDisposable
{
    private readonly NpgsqlCommand _command;

    public Relocation(NpgsqlConnection connection, CollectionTables tables, string language)
    {
        var config = tables.Configuration(language);
        _command = connection.CreateCommand();

        // Locked in the order of their ids, and no other rows than those. The words of the text are those without a weight.
        _command.CommandText =
            $$"""
            WITH held AS MATERIALIZED (SELECT id FROM {{tables.Chunks}} WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
            UPDATE {{tables.Chunks}} AS c SET start = n.start, stop = n.stop, line = n.line, page = n.page, record = n.record, part = n.part, anchor = n.anchor, title = n.title,
              headings = n.headings::jsonb, metadata = n.metadata::jsonb,
              words = CASE WHEN c.title IS NOT DISTINCT FROM n.title AND c.headings IS NOT DISTINCT FROM n.headings::jsonb THEN c.words
                ELSE setweight(to_tsvector({{config}}, coalesce(n.title_words, '')), 'A') || setweight(to_tsvector({{config}}, coalesce(n.heading_words, '')), 'B') || ts_filter(c.words, '{d}') END
            FROM held JOIN unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
              AS n(id, start, stop, line, page, record, part, anchor, title, headings, metadata, title_words, heading_words) ON n.id = held.id
            WHERE c.id = held.id
            """;
    }

    /// <summary>Runs it on a page of chunks, in one statement. Unknown ids are ignored; the last of an id counts.</summary>
    public async Task RunAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        var last = new Dictionary<ChunkId, Chunk>(chunks.Count);
        foreach (var chunk in chunks)
        {
            last[chunk.Id] = chunk;
        }

        Chunk[] rows = [.. last.Values];
        Add(NpgsqlDbType.Uuid, Array.ConvertAll(rows, static chunk => chunk.Id.Value));
        Add(NpgsqlDbType.Bigint, Array.ConvertAll(rows, static chunk => chunk.Place.Start));
        Add(NpgsqlDbType.Bigint, Array.ConvertAll(rows, static chunk => chunk.Place.End));
        Add(NpgsqlDbType.Integer, Array.ConvertAll(rows, static chunk => chunk.Place.Line));
        Add(NpgsqlDbType.Integer, Array.ConvertAll(rows, static chunk => chunk.Place.Page));
        Add(NpgsqlDbType.Bigint, Array.ConvertAll(rows, static chunk => chunk.Place.Row));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, static chunk => ChunkColumns.Text(chunk.Place.Part)));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, static chunk => ChunkColumns.Text(chunk.Place.Anchor)));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, static chunk => ChunkColumns.Text(chunk.Title)));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, ChunkColumns.Headings));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, static chunk => ChunkColumns.Metadata(chunk.Metadata)));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, ChunkColumns.TitleWords));
        Add(NpgsqlDbType.Text, Array.ConvertAll(rows, ChunkColumns.HeadingWords));
        await _command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();

    private void Add(NpgsqlDbType type, object values) =>
        _command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values });
}
