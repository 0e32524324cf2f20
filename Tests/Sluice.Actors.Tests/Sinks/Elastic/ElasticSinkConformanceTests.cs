using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Simulators.Elastic;

namespace Sluice.Actors.Tests.Sinks.Elastic;

/// <summary>The conformance suite against the simulator of one edition.</summary>
public abstract class ElasticSinkConformanceTests(ElasticEdition edition, string parameters = "") : SinkConformanceTests
{
    private readonly ElasticSimulator _simulator = new(edition);
    private readonly string? _named = NamedServer.NewCollection(edition.IsOpenSearch ? "SLUICE_TEST_OPENSEARCH" : "SLUICE_TEST_ELASTICSEARCH", parameters.TrimStart('?'));

    public override async Task InitializeAsync()
    {
        await _simulator.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        if (_named is not null)
        {
            await Sink.DropCollectionAsync(None);
        }

        await base.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    /// <summary>Several vectors a chunk are stored at unit length beside their lengths.</summary>
    protected override double ValueTolerance => 2e-7;

    protected virtual void Change(SinkOptions options)
    {
    }

    protected override Task<IVectorSink> OpenAsync()
    {
        var options = new SinkOptions();
        Change(options);
        return Task.FromResult(VectorSinks.Open(_named ?? $"{(edition.IsOpenSearch ? "opensearch" : "elasticsearch")}://127.0.0.1:{_simulator.Port}/chunks{parameters}", options, TimeProvider.System));
    }
}

/// <summary>Elasticsearch 9.3, compared exactly.</summary>
public sealed class ElasticsearchSinkConformanceTests() : ElasticSinkConformanceTests(ElasticEdition.Elasticsearch);

/// <summary>Elasticsearch 8.18, through the vector index.</summary>
public sealed class OlderElasticsearchSinkConformanceTests() : ElasticSinkConformanceTests(ElasticEdition.OlderElasticsearch, "?index=hnsw&gzip=true")
{
    protected override void Change(SinkOptions options) => options.Elasticsearch.ExactBelow = 0;
}

/// <summary>OpenSearch 3.3, compared exactly.</summary>
public sealed class OpenSearchSinkConformanceTests() : ElasticSinkConformanceTests(ElasticEdition.OpenSearch);

/// <summary>OpenSearch 3.3, through the vector index.</summary>
public sealed class OpenSearchIndexedSinkConformanceTests() : ElasticSinkConformanceTests(ElasticEdition.OpenSearch, "?index=faiss")
{
    protected override void Change(SinkOptions options) => options.Opensearch.ExactBelow = 0;
}
