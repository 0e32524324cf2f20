using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

/// <summary>The same through the HNSW index, however few vectors there are. It keeps so many candidates that it finds all neighbours of such small collections.</summary>
[Collection(PgvectorTests.Name)]
public sealed class PgvectorSinkIndexedConformanceTests(PgvectorFixture fixture) : SinkConformanceTests
{
    private readonly string _uri = fixture.NewUri("&collection=indexed&index=hnsw");

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(PgvectorFixture.Open(_uri, Change));

    private static void Change(SinkOptions options)
    {
        options.Pgvector.ExactBelow = 0;
        options.Pgvector.EfSearch = 1_000;
        options.Pgvector.HnswConstruction = 400;
    }
}
