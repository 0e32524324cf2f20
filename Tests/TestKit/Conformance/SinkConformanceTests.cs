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

    /// <summary>How far a score may be from the exact one, where the database computes with less than 32 bits.</summary>
    protected virtual double ScoreTolerance => 1e-5;

    /// <summary>How far a component that is read back may be from the one that was written, where the database stores vectors normalized; 0 for the same bits.</summary>
    protected virtual double ValueTolerance => double.Epsilon;

    /// <summary>Words of the long text, most metadata pairs and characters of a value that the database is expected to keep whole.</summary>
    protected virtual (int Words, int Pairs, int ValueLength) Large => (50_000, 500, 200);

    /// <summary>Whether equal scores come ordered by id. A database that leaves them in any order says no; which of them are within the limit is then left to it as well.</summary>
    protected virtual bool OrdersEqualScores => true;

    /// <summary>Whether the scores of a hybrid search are those of reciprocal rank fusion over this sink's own rankings.</summary>
    protected virtual bool FusesRanks => true;

    /// <summary>Whether accents, stop words, phrases in quotes and the like are understood by full text search, beyond finding words.</summary>
    protected virtual bool UnderstandsQuestions => true;

    /// <summary>Whether whole texts with NUL characters, and metadata with any key, come back as they were.</summary>
    protected virtual bool KeepsAnyCharacter => true;

    /// <summary>Most hits that a search of this database returns, at most 1,000.</summary>
    protected virtual int MostHits => 1_000;

    /// <summary>Distances of <see cref="SinkCapabilities.Distances"/>.</summary>
    protected IReadOnlyList<Distance> Distances => Sink.Capabilities.Distances;

    protected bool HasFullText => Sink.Capabilities.Modes.Contains(SearchMode.FullText);

    protected bool HasHybrid => Sink.Capabilities.Modes.Contains(SearchMode.Hybrid);

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
        return await PutAsync(records);
    }

    /// <summary>Writes records, in requests of the size the sink takes, and waits until they are seen.</summary>
    protected async Task<List<VectorRecord>> PutAsync(IReadOnlyList<VectorRecord> records)
    {
        await WriteAsync(records);
        await Sink.MakeVisibleAsync(None);
        return [.. records];
    }

    protected async Task WriteAsync(IReadOnlyList<VectorRecord> records)
    {
        var (request, bytes) = (new List<VectorRecord>(), 0L);
        foreach (var record in records)
        {
            var size = Sink.EncodedBytes(record);
            if (request.Count == Sink.Capabilities.MaxRecords || (request.Count > 0 && bytes + size > Sink.Capabilities.MaxBytes))
            {
                (await Sink.UpsertAsync(request, None)).ShouldBeEmpty();
                (request, bytes) = ([], 0);
            }

            request.Add(record);
            bytes += size;
        }

        (await Sink.UpsertAsync(request, None)).ShouldBeEmpty();
    }

    protected async Task DeleteAsync(params ChunkId[] ids)
    {
        await Sink.DeleteAsync(ids, None);
        await Sink.MakeVisibleAsync(None);
    }

    protected async Task DeleteDocumentsAsync(params DocumentId[] documents)
    {
        await Sink.DeleteDocumentsAsync(documents, None);
        await Sink.MakeVisibleAsync(None);
    }

    protected async Task RelocateAsync(params Chunk[] chunks)
    {
        await Sink.RelocateAsync(chunks, None);
        await Sink.MakeVisibleAsync(None);
    }

    /// <summary>Checks components that were read back.</summary>
    protected void SameValues(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            Math.Abs((double)actual[i] - expected[i]).ShouldBeLessThanOrEqualTo(ValueTolerance, $"component {i}");
        }
    }

    /// <summary>Checks what a search for words finds, where the database has full text.</summary>
    protected async Task ExpectByTextAsync(string text, Action<IReadOnlyList<SearchHit>> check, int limit = 10)
    {
        ArgumentNullException.ThrowIfNull(check);
        if (HasFullText)
        {
            check(await ByTextAsync(text, limit));
        }
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
        await PutAsync(records);
        await ReopenAsync();
        (await Sink.CountAsync(None)).ShouldBe(40);
        (await ByVectorAsync(Vector(1), 1)).Single().Id.ShouldBe(records[0].Chunk.Id);
    }

    [Fact]
    public async Task UpsertAsync_AbandonedInTheMiddle_IsMadeGoodByWritingAgain()
    {
        await FillAsync();
        var records = Records("file:///a", 400);
        using var stop = new CancellationTokenSource();
        var writes = records.Chunk(20).Select(page => Sink.UpsertAsync(page, stop.Token)).ToList();
        await writes[0];
        await stop.CancelAsync();
        foreach (var write in writes)
        {
            try
            {
                (await write).ShouldBeEmpty();
            }
            catch (OperationCanceledException)
            {
                // Written or not: nobody knows, which is the point.
            }
        }

        await ReopenAsync();
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        await PutAsync(records);
        (await Sink.CountAsync(None)).ShouldBe(400);
        (await ListAsync()).Select(static id => id.Chunk).ShouldBe(records.Select(static record => record.Chunk.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task UpsertAsync_ManyAtOnce_StoresEachOnce()
    {
        await FillAsync();
        var records = Enumerable.Range(0, 40).Select(static i => Records($"file:///{i}", 25, i * 100)).ToList();
        using var slots = new SemaphoreSlim(Sink.Capabilities.MaxConcurrency);
        await Task.WhenAll(records.Select(async (page, i) =>
        {
            await slots.WaitAsync();
            try
            {
                await WriteAsync(page);
                if (i % 4 == 0)
                {
                    await Sink.MakeVisibleAsync(None);
                    await Sink.DeleteDocumentsAsync([page[0].Document], None);
                }
            }
            finally
            {
                slots.Release();
            }
        }));
        await Sink.MakeVisibleAsync(None);
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
        await PutAsync(Records("file:///a", 3));
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
