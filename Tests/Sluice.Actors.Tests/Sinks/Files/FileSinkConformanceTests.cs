using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks.Files;

public sealed class FileSinkConformanceTests : SinkConformanceTests
{
    private readonly ScratchFolder _folder = new();

    protected override Task<IVectorSink> OpenAsync() =>
        Task.FromResult(VectorSinks.Open($"jsonl:{_folder.File("out")}", new SinkOptions(), TimeProvider.System));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
