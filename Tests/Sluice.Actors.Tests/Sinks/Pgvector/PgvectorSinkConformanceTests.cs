using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

[Collection(PgvectorTests.Name)]
public sealed class PgvectorSinkConformanceTests(PgvectorFixture fixture) : SinkConformanceTests
{
    private readonly string _uri = fixture.NewUri();

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(PgvectorFixture.Open(_uri));
}
