using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>One kind of sink: a database. A new one gets a folder of its own and a place in the list of <see cref="VectorSinks"/>.</summary>
internal interface IVectorSinkProvider
{
    /// <summary>Scheme of its URIs, lower-case.</summary>
    string Scheme { get; }

    /// <summary>A URI of it, for messages.</summary>
    string Example { get; }

    /// <summary>Opens a sink.</summary>
    IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider);
}
