using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>Opens sinks in PostgreSQL with pgvector.</summary>
internal sealed class PgvectorSinkProvider : IVectorSinkProvider
{
    public string Scheme => PgvectorAddress.Scheme;

    public string Example => PgvectorAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) =>
        new PgvectorSink(PgvectorAddress.Parse(uri, options.Pgvector.Writers), options.Pgvector);
}
