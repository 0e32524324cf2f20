using Npgsql;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>A collection as the database describes it.</summary>
/// <param name="Info">What it holds.</param>
/// <param name="Language">Its text search configuration.</param>
/// <param name="Extension">Where pgvector is.</param>
internal sealed record PgvectorCollection(CollectionInfo Info, string Language, PgvectorExtension Extension)
{
    private const string FindExtension =
        "(SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'vector'), "
        + "(SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector')";

    /// <summary>Reads it; null when there is no such collection.</summary>
    public static async Task<PgvectorCollection?> ReadAsync(NpgsqlConnection connection, CollectionTables tables, CancellationToken cancellationToken)
    {
        var read = connection.CreateCommand();
        await using (read.ConfigureAwait(false))
        {
            read.CommandText = $"SELECT model, fingerprint, kind, dimension, distance, language, {FindExtension} FROM {tables.Collections} WHERE name = $1";
            read.Parameters.Add(new NpgsqlParameter { Value = tables.Name });
            var row = await read.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false) || row.IsDBNull(6))
                {
                    return null;
                }

                var info = new CollectionInfo(
                    StoredText.Decode(row.GetString(0)), row.GetString(1), Enum.Parse<EmbeddingKind>(row.GetString(2)), row.GetInt32(3), Enum.Parse<Distance>(row.GetString(4)));
                return new PgvectorCollection(info, row.GetString(5), new PgvectorExtension(row.GetString(6), row.GetString(7)));
            }
        }
    }

    /// <summary>Finds the extension; null when it is not in this database.</summary>
    public static async Task<PgvectorExtension?> ReadExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var read = connection.CreateCommand();
        await using (read.ConfigureAwait(false))
        {
            read.CommandText = $"SELECT {FindExtension}";
            var row = await read.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(cancellationToken).ConfigureAwait(false) && !row.IsDBNull(0) ? new PgvectorExtension(row.GetString(0), row.GetString(1)) : null;
            }
        }
    }

    /// <summary>Throws where no collection can be made for a model.</summary>
    /// <exception cref="CollectionMismatchException">Its vectors cannot be stored.</exception>
    public static void RequireStorable(CollectionInfo wanted)
    {
        if (wanted.Kind != EmbeddingKind.Dense)
        {
            throw new CollectionMismatchException(
                $"The pgvector sink stores one vector a chunk; the model '{wanted.ModelName}' makes {(wanted.Kind == EmbeddingKind.Sparse ? "sparse" : "several")} ones. Use another model or another database.");
        }

        if (wanted.Dimension is < 1 or > CollectionTables.MaxDimension)
        {
            throw new CollectionMismatchException(
                $"pgvector stores vectors of 1 to {CollectionTables.MaxDimension} dimensions; the model '{wanted.ModelName}' makes {wanted.Dimension}. Use another model or another database.");
        }
    }

    /// <summary>Throws where this collection is not the one that is wanted.</summary>
    /// <exception cref="CollectionMismatchException">It differs.</exception>
    public void RequireSame(CollectionInfo wanted, string? language, string place)
    {
        var differences = new List<string>();
        if (Info.Kind != wanted.Kind)
        {
            differences.Add($"its vectors are {Info.Kind}, the model's {wanted.Kind}");
        }

        if (Info.Dimension != wanted.Dimension)
        {
            differences.Add($"its vectors have {Info.Dimension} dimensions, the model's {wanted.Dimension}");
        }

        if (Info.Distance != wanted.Distance)
        {
            differences.Add($"it compares by {Info.Distance}, the model by {wanted.Distance}");
        }

        if (!Info.ModelFingerprint.Equals(wanted.ModelFingerprint, StringComparison.Ordinal))
        {
            differences.Add($"its vectors are from the model '{Info.ModelName}' ({Info.ModelFingerprint}), not from '{wanted.ModelName}' ({wanted.ModelFingerprint})");
        }

        if (language is not null && !Language.Equals(language, StringComparison.Ordinal))
        {
            differences.Add($"its words are {Language}, not {language}");
        }

        if (differences.Count > 0)
        {
            throw new CollectionMismatchException($"The collection {place} does not fit: {string.Join("; ", differences)}. Use its model, name another collection, or drop it and ingest again.");
        }
    }
}
