using System.Text;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>Makes filter expressions. What is put between quotes holds neither quotes nor backslashes: UUIDs, <see cref="MetadataTags"/>, and patterns made so.</summary>
internal static class MilvusFilters
{
    /// <summary>Entities with one of these ids.</summary>
    public static string Ids(IEnumerable<ChunkId> ids) => $"{EntityFields.Id} in [{List(ids.Select(static id => id.ToString()))}]";

    /// <summary>Entities of one of these documents.</summary>
    public static string Documents(IEnumerable<DocumentId> documents) => $"{EntityFields.Document} in [{List(documents.Select(static id => id.ToString()))}]";

    /// <summary>Entities whose id begins with these hexadecimal digits; all with a UUID when there are none.</summary>
    public static string Prefix(string digits)
    {
        // Behind f comes g: ids are compared as text.
        var next = digits.Length == 0 ? "g" : digits[..^1] + (digits[^1] == '9' ? 'a' : (char)(digits[^1] + 1));
        return $"{EntityFields.Id} >= \"{(digits.Length == 0 ? "0" : digits)}\" and {EntityFields.Id} < \"{next}\"";
    }

    /// <summary>At least the entities that pass a search's filters; null when all do.</summary>
    public static string? Create(HitFilter filter)
    {
        var expression = new StringBuilder();
        if (filter.Glob is not null)
        {
            expression.Append(filter.IsWhole ? EntityFields.Uri : EntityFields.Location).Append(" like \"").Append(filter.Pattern('%')).Append('"');
        }

        if (filter.Tags is { Count: > 0 } tags)
        {
            expression.Append(expression.Length > 0 ? " and " : "").Append("array_contains_all(").Append(EntityFields.Tags).Append(", [").Append(List(tags)).Append("])");
        }

        return expression.Length > 0 ? expression.ToString() : null;
    }

    private static string List(IEnumerable<string> values) => string.Join(", ", values.Select(static value => $"\"{value}\""));
}
