using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Xunit;

namespace Sluice.Actors.Tests.Sinks.Chroma;

[Collection(ChromaTests.Name)]
public sealed class ChromaSinkConformanceTests(ChromaFixture fixture) : SinkConformanceTests
{
    private readonly string _uri = fixture.NewUri();

    /// <summary>With cosine, its index keeps unit vectors and their lengths: numbers come back to the last bit or the one beside.</summary>
    protected override double ValueTolerance => 1e-6;

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(ChromaFixture.Open(_uri, static options => options.Chroma.EfSearch = 1_000));

    public override async Task DisposeAsync()
    {
        await Sink.DropCollectionAsync(None);
        await base.DisposeAsync();
    }
}
