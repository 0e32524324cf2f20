using System.Globalization;
using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators.Pinecone;

namespace Sluice.Actors.Tests.Sinks.Pinecone;

/// <summary>Opens sinks on a simulator.</summary>
internal sealed class PineconeKeyFile : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public PineconeKeyFile() => File.WriteAllText(_path, "test-key\n");

    public IVectorSink Open(PineconeSimulator server, string index = "docs", string parameters = "", TimeProvider? time = null, Action<SinkOptions>? change = null)
    {
        var options = new SinkOptions();
        options.Pinecone.PollInterval = TimeSpan.FromMilliseconds(1);
        change?.Invoke(options);
        return VectorSinks.Open(
            string.Create(CultureInfo.InvariantCulture, $"pinecone://127.0.0.1:{server.Port}/{index}?api-key-file={Uri.EscapeDataString(_path)}{parameters}"), options, time ?? TimeProvider.System);
    }

    public void Dispose() => File.Delete(_path);
}
