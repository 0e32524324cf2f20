using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>Opens sinks in Milvus.</summary>
internal sealed class MilvusSinkProvider : IVectorSinkProvider
{
    public string Scheme => MilvusAddress.Scheme;

    public string Example => MilvusAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) =>
        new MilvusSink(MilvusAddress.Parse(uri), options.Milvus, options.Http, timeProvider);
}
