using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks.Sqlite;

public sealed class SqliteSinkConformanceTests : SinkConformanceTests
{
    private readonly ScratchFolder _folder = new();

    protected override Task<IVectorSink> OpenAsync() =>
        Task.FromResult(VectorSinks.Open($"sqlite:{_folder.File("sink.db")}?elements=float32", new SinkOptions(), TimeProvider.System));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
