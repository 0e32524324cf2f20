using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Opens sinks in Elasticsearch or in OpenSearch.</summary>
/// <param name="dialect">Which.</param>
/// <param name="settings">Where its settings are.</param>
internal sealed class ElasticSinkProvider(ElasticDialect dialect, Func<SinkOptions, ElasticOptions> settings) : IVectorSinkProvider
{
    public string Scheme => dialect.Scheme;

    public string Example => dialect.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) =>
        new ElasticSink(ElasticAddress.Parse(uri, dialect), dialect, settings(options), options.Http, timeProvider);
}
