using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>Opens sinks in Chroma.</summary>
internal sealed class ChromaSinkProvider : IVectorSinkProvider
{
    public string Scheme => ChromaAddress.Scheme;

    public string Example => ChromaAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) => new ChromaSink(ChromaAddress.Parse(uri), options.Chroma, options.Http, timeProvider);
}
