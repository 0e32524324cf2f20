using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

internal sealed partial class MilvusSink
{
    /// <summary>Most hits that are asked for; the server gives at most 16,384.</summary>
    private const int MaxResults = 10_000;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        SearchChecks.Require(query, this, "Milvus");
        return await RunAsync<IReadOnlyList<SearchHit>?>(async collection => await SearchAsync(query, collection, cancellationToken).ConfigureAwait(false), null, cancellationToken).ConfigureAwait(false)
            ?? throw Missing();
    }

    private Task<List<SearchHit>> SearchAsync(SearchQuery query, CollectionInfo collection, CancellationToken cancellationToken) => HitRanking.SearchAsync(
        query,
        limit => SearchVectorsAsync(query, collection, limit, cancellationToken),
        limit => SearchWordsAsync(query, limit, cancellationToken));

    private Task<List<SearchHit>> SearchVectorsAsync(SearchQuery query, CollectionInfo collection, int limit, CancellationToken cancellationToken)
    {
        SearchChecks.RequireComparable(query, collection);
        var filter = new HitFilter(query);
        return HitRanking.FetchAsync(
            depth => FetchHitsAsync(EntityFields.Vector, writer => EntityWriter.WriteVector(writer, query.Embedding!), filter, depth, distance => MilvusSchema.Score(collection, distance), cancellationToken),
            filter.Accept(null),
            limit,
            MaxResults);
    }

    private async Task<List<SearchHit>> SearchWordsAsync(SearchQuery query, int limit, CancellationToken cancellationToken)
    {
        var terms = FullTextTerms.Read(query.Text);
        if (terms.Words.Length == 0)
        {
            return [];
        }

        var filter = new HitFilter(query);
        return await HitRanking.FetchAsync(
            depth => FetchHitsAsync(EntityFields.WordsVector, writer => writer.WriteStringValue(terms.Words), filter, depth, static distance => distance, cancellationToken),
            filter.Accept(terms.Filter),
            limit,
            MaxResults).ConfigureAwait(false);
    }

    private Task<List<SearchHit>> FetchHitsAsync(
        string field, Action<Utf8JsonWriter> question, HitFilter filter, int depth, Func<double, double> score, CancellationToken cancellationToken) => _client.CallAsync(
        "entities/search",
        writer =>
        {
            writer.WriteStartArray("data");
            question(writer);
            writer.WriteEndArray();
            writer.WriteString("annsField", field);
            writer.WriteNumber("limit", depth);
            if (MilvusFilters.Create(filter) is { } expression)
            {
                writer.WriteString("filter", expression);
            }

            WriteFields(writer, EntityFields.OfHits);
            writer.WriteString("consistencyLevel", "Strong");
        },
        retry: true,
        answer =>
        {
            var rows = answer.GetProperty("data");
            var hits = new List<SearchHit>(rows.GetArrayLength());
            foreach (var row in rows.EnumerateArray())
            {
                if (EntityReader.ReadHit(row, score(row.GetProperty("distance").GetDouble())) is { } hit)
                {
                    hits.Add(hit);
                }
            }

            return hits;
        },
        cancellationToken);
}
