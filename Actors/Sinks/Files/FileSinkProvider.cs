using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

/// <summary>Opens sinks that are folders of files of one form.</summary>
internal sealed class FileSinkProvider(IRecordFileFormat format) : IVectorSinkProvider
{
    public string Scheme => format.Name;

    public string Example => FileSinkAddress.Example(format.Name);

    public IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider) => new FileSink(FileSinkAddress.Parse(uri, format.Name), format, options.Sqlite);
}
