using Sluice.Actors.Sinks.Weaviate.Protocol;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>Makes filters of Weaviate's gRPC API.</summary>
internal static class WeaviateFilters
{
    /// <summary>Objects with one of these ids.</summary>
    public static Filters Ids(IEnumerable<ChunkId> ids) => Any(ObjectProperties.Id, ids.Select(static id => id.ToString()));

    /// <summary>Objects of one of these documents.</summary>
    public static Filters Documents(IEnumerable<DocumentId> documents) => Any(ObjectProperties.Document, documents.Select(static id => id.ToString()));

    /// <summary>At least the objects that pass a search's filters; null when all do.</summary>
    public static Filters? Create(HitFilter filter)
    {
        var conditions = new List<Filters>();
        if (filter.Glob is not null)
        {
            conditions.Add(new Filters
            {
                Operator = Filters.Types.Operator.Like,
                Target = Target(filter.IsWhole ? ObjectProperties.Uri : ObjectProperties.Location),
                ValueText = filter.Pattern('*'),
            });
        }

        if (filter.Tags is { Count: > 0 } tags)
        {
            conditions.Add(new Filters { Operator = Filters.Types.Operator.ContainsAll, Target = Target(ObjectProperties.Tags), ValueTextArray = new TextArray { Values = { tags } } });
        }

        return conditions.Count switch
        {
            0 => null,
            1 => conditions[0],
            _ => new Filters { Operator = Filters.Types.Operator.And, Filters_ = { conditions } },
        };
    }

    private static Filters Any(string property, IEnumerable<string> values) =>
        new() { Operator = Filters.Types.Operator.ContainsAny, Target = Target(property), ValueTextArray = new TextArray { Values = { values } } };

    private static FilterTarget Target(string property) => new() { Property = property };
}
