using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

/// <summary>What every sink must do. A database's tests derive from this and say how to open it.</summary>
public abstract partial class SinkConformanceTests : IAsyncLifetime
{
    private IVectorSink? _sink;

    protected static CancellationToken None => CancellationToken.None;

    protected IVectorSink Sink => _sink ?? throw new InvalidOperationException("not open");

    /// <summary>Opens the same empty, unique collection each time it is called within one test.</summary>
    protected abstract Task<IVectorSink> OpenAsync();

    /// <summary>Ways of comparing that the database is expected to support.</summary>
    protected virtual IReadOnlyList<Distance> Distances => [Distance.Cosine, Distance.Dot, Distance.Euclidean];

    public virtual async Task InitializeAsync() => _sink = await OpenAsync();

    public virtual async Task DisposeAsync() => await Sink.DisposeAsync();

    protected async Task ReopenAsync()
    {
        await Sink.DisposeAsync();
        _sink = await OpenAsync();
    }

    protected async Task<List<VectorRecord>> FillAsync(params VectorRecord[] records)
    {
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        return [.. records];
    }

    protected async Task<List<StoredChunkId>> ListAsync(DocumentId? document = null)
    {
        var ids = new List<StoredChunkId>();
        await foreach (var page in Sink.ListIdsAsync(document, None))
        {
            page.Count.ShouldBeInRange(1, 10_000);
            ids.AddRange(page);
        }

        return ids;
    }

    protected Task<IReadOnlyList<SearchHit>> ByTextAsync(string text, int limit = 10, string? glob = null, Dictionary<string, string>? metadata = null) =>
        Sink.SearchAsync(new SearchQuery(text, null, SearchMode.FullText, limit) { UriGlob = glob, Metadata = metadata ?? [] }, None);

    protected Task<IReadOnlyList<SearchHit>> ByVectorAsync(float[] vector, int limit = 10, string? glob = null, Dictionary<string, string>? metadata = null) =>
        Sink.SearchAsync(new SearchQuery("", new DenseEmbedding(vector), SearchMode.Vector, limit) { UriGlob = glob, Metadata = metadata ?? [] }, None);

    [Fact]
    public async Task UpsertAsync_AfterReopen_GoesOn()
    {
        var records = Records("file:///a", 40);
        await FillAsync([.. records.Take(25)]);
        await ReopenAsync();
        (await Sink.CountAsync(None)).ShouldBe(25);
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        await ReopenAsync();
        (await Sink.CountAsync(None)).ShouldBe(40);
        (await ByVectorAsync(Vector(1), 1)).Single().Id.ShouldBe(records[0].Chunk.Id);
    }

    [Fact]
    public async Task UpsertAsync_ManyAtOnce_StoresEachOnce()
    {
        await FillAsync();
        var records = Enumerable.Range(0, 40).Select(static i => Records($"file:///{i}", 25, i * 100)).ToList();
        await Task.WhenAll(records.Select(async (page, i) =>
        {
            (await Sink.UpsertAsync(page, None)).ShouldBeEmpty();
            if (i % 4 == 0)
            {
                await Sink.DeleteDocumentsAsync([page[0].Document], None);
            }
        }));
        (await Sink.CountAsync(None)).ShouldBe(30 * 25);
        (await ListAsync()).Distinct().Count().ShouldBe(30 * 25);
    }

    [Fact]
    public async Task UpsertAsync_Cancelled_ThrowsAndTheSinkGoesOn()
    {
        await FillAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Sink.UpsertAsync(Records("file:///a", 3), cancelled.Token));
        (await Sink.UpsertAsync(Records("file:///a", 3), None)).ShouldBeEmpty();
        (await Sink.CountAsync(None)).ShouldBe(3);
    }

    [Fact]
    public async Task DisposeAsync_Twice_ThenEveryCallThrows()
    {
        await FillAsync();
        var sink = await OpenAsync();
        await sink.DisposeAsync();
        await sink.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => sink.CountAsync(None));
        await Should.ThrowAsync<ObjectDisposedException>(() => sink.UpsertAsync(Records("file:///a", 1), None));
        (await Sink.CountAsync(None)).ShouldBe(0);
    }
}
