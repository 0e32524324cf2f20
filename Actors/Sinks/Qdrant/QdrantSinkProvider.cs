using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>Opens sinks in Qdrant.</summary>
internal sealed class QdrantSinkProvider : IVectorSinkProvider
{
    public string Scheme => QdrantAddress.Scheme;

    public string Example => QdrantAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) => new QdrantSink(QdrantAddress.Parse(uri), options.Qdrant, options.Http, timeProvider);
}
