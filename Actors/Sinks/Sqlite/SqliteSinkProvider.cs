using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>Opens sinks in SQLite files.</summary>
internal sealed class SqliteSinkProvider : IVectorSinkProvider
{
    public string Scheme => SqliteAddress.Scheme;

    public string Example => SqliteAddress.Example;

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider)
    {
        var address = SqliteAddress.Parse(uri);
        var sqlite = options.Sqlite;
        if (address.SynchronousCommit is { } synchronous && synchronous != sqlite.SynchronousCommit)
        {
            sqlite = sqlite.With(synchronous);
        }

        return new SqliteSink(address.Path, address.Collection, address.Elements, sqlite);
    }
}
