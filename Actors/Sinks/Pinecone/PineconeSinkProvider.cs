using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>Opens sinks in Pinecone.</summary>
internal sealed class PineconeSinkProvider : IVectorSinkProvider
{
    public string Scheme => PineconeAddress.Scheme;

    public string Example => PineconeAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) => new PineconeSink(PineconeAddress.Parse(uri), options.Pinecone, options.Http, timeProvider);
}
