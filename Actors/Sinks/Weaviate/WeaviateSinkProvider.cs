using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>Opens sinks in Weaviate.</summary>
internal sealed class WeaviateSinkProvider : IVectorSinkProvider
{
    public string Scheme => WeaviateAddress.Scheme;

    public string Example => WeaviateAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) =>
        new WeaviateSink(WeaviateAddress.Parse(uri), options.Weaviate, options.Http, timeProvider);
}
