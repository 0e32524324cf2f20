using Google.Protobuf;
using Sluice.Actors.Sinks.Weaviate.Protocol;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

using Embedding = Sluice.Streams.Vectors.Embedding;

internal sealed partial class WeaviateSink
{
    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        SearchChecks.Require(query, this, "Weaviate");
        await RequireAsync(cancellationToken).ConfigureAwait(false);
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
        var question = query.Embedding!;
        var filter = new HitFilter(query);
        var request = Request(ObjectProperties.OfHits, new MetadataRequest { Uuid = true, Distance = true });
        request.Filters = WeaviateFilters.Create(filter);
        request.NearVector = new NearVector
        {
            Targets = new Targets { TargetVectors = { ObjectProperties.Vector } },
            Vectors = { Vector(question) },
        };
        return HitRanking.FetchAsync(
            depth => FetchHitsAsync(request, depth, found => WeaviateClass.Score(collection, question, found.Distance), cancellationToken), filter.Accept(null), limit, MaxResults);
    }

    private async Task<List<SearchHit>> SearchWordsAsync(SearchQuery query, int limit, CancellationToken cancellationToken)
    {
        var terms = FullTextTerms.Read(query.Text);
        if (terms.Words.Length == 0)
        {
            return [];
        }

        var filter = new HitFilter(query);
        var request = Request(ObjectProperties.OfHits, new MetadataRequest { Uuid = true, Score = true });
        request.Filters = WeaviateFilters.Create(filter);
        request.Bm25Search = new BM25 { Query = terms.Words, Properties = { ObjectProperties.Searched } };
        return await HitRanking.FetchAsync(
            depth => FetchHitsAsync(request, depth, static found => found.Score, cancellationToken), filter.Accept(terms.Filter), limit, MaxResults).ConfigureAwait(false);
    }

    private async Task<List<SearchHit>> FetchHitsAsync(SearchRequest request, int depth, Func<MetadataResult, double> score, CancellationToken cancellationToken)
    {
        request.Limit = (uint)depth;
        var reply = await _grpc.SearchAsync(request, cancellationToken).ConfigureAwait(false);
        var hits = new List<SearchHit>(reply.Results.Count);
        foreach (var result in reply.Results)
        {
            hits.Add(ObjectReader.ReadHit(result, score(result.Metadata)));
        }

        return hits;
    }

    private static Protocol.Vectors Vector(Embedding question)
    {
        using var bytes = new BackwardProtobufWriter();
        ObjectWriter.WriteVectorBytes(bytes, question);
        return new Protocol.Vectors
        {
            VectorBytes = ByteString.CopyFrom(bytes.Written.Span),
            Type = question is MultiVectorEmbedding ? Protocol.Vectors.Types.VectorType.MultiFp32 : Protocol.Vectors.Types.VectorType.SingleFp32,
        };
    }
}
