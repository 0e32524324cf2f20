using Microsoft.Data.Sqlite;
using Sluice.Actors.Sinks;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Sqlite;

public sealed class SqliteSinkTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IVectorSink Open(string query = "", SinkOptions? options = null) =>
        VectorSinks.Open($"sqlite:{_folder.File("s.db")}{query}", options ?? new SinkOptions(), TimeProvider.System);

    [Fact]
    public async Task Collections_InOneFile_DoNotMeet()
    {
        await using var first = Open();
        await using var second = Open("?collection=chunks_vectors");
        await first.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        await second.EnsureCollectionAsync(new CollectionSpec(Model(8)), s_none);
        await first.UpsertAsync(Records("file:///a", 10), s_none);
        await second.UpsertAsync([Record("file:///b", "text", Vector(1, 8))], s_none);
        await first.DropCollectionAsync(s_none);
        (await second.CountAsync(s_none)).ShouldBe(1);
        (await second.SearchAsync(new SearchQuery("text", new DenseEmbedding(Vector(1, 8)), SearchMode.Hybrid, 5), s_none)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task EnsureCollectionAsync_ModelItCannotHold_SaysWhatItStores()
    {
        await using var sink = Open();
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.MultiVector, distance: Distance.Euclidean)), s_none)))
            .Message.ShouldContain("Cosine or Dot");
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model(10_000)), s_none)))
            .Message.ShouldContain("8192");
    }

    [Fact]
    public async Task UpsertAsync_FileFull_KeepsWhatWasCommittedAndTheNextRunCompletes()
    {
        var options = new SinkOptions();
        options.Sqlite.MaxPages = 80;
        var committed = 0;
        await using (var small = Open(options: options))
        {
            await small.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
            var exception = await Should.ThrowAsync<StorageException>(async () =>
            {
                for (; ; committed++)
                {
                    await small.UpsertAsync(Records($"file:///{committed}", 20, committed * 20), s_none);
                }
            });
            exception.Message.ShouldContain("no room");
            committed.ShouldBeGreaterThan(0);
            (await small.CountAsync(s_none)).ShouldBe(committed * 20);
        }

        await using var sink = Open();
        for (var i = 0; i <= committed; i++)
        {
            (await sink.UpsertAsync(Records($"file:///{i}", 20, i * 20), s_none)).ShouldBeEmpty();
        }

        (await sink.CountAsync(s_none)).ShouldBe((committed + 1) * 20);
        (await sink.SearchAsync(new SearchQuery("piece", null, SearchMode.FullText, 1000), s_none)).Count.ShouldBe(Math.Min(1000, (committed + 1) * 20));
        (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 1000), s_none)).Count.ShouldBe(Math.Min(1000, (committed + 1) * 20));
    }

    [Fact]
    public async Task Load_ExtensionMissing_SaysHowToGetIt()
    {
        await using var connection = new SqliteConnection("Data Source=:memory:");
        Should.Throw<StorageException>(() => VectorExtension.Load(connection, _folder.File("vec0.so"))).Message.ShouldContain("./sluice setup");
        await File.WriteAllTextAsync(_folder.File("vec0.so"), "not a library");
        await connection.OpenAsync();
        Should.Throw<StorageException>(() => VectorExtension.Load(connection, _folder.File("vec0.so"))).Message.ShouldContain("cannot be loaded");
    }

    [Fact]
    public async Task SinkAndLedger_InAMovedFile_StillKnowEachOther()
    {
        var listed = new ListedDocument("file:///docs/a", 1, DateTimeOffset.UnixEpoch);
        await IndexAsync(_folder.File("s.db"));
        Directory.CreateDirectory(_folder.File("elsewhere"));
        File.Move(_folder.File("s.db"), _folder.File("elsewhere/s.db"));

        await using var sink = VectorSinks.Open($"sqlite:{_folder.File("elsewhere/s.db")}", new SinkOptions(), TimeProvider.System);
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_folder.File("elsewhere/s.db")}", TimeProvider.System);
        (await ledger.ListDocumentsAsync(sink.Name, null, 10, s_none)).Single().Listed.ShouldBe(listed);

        async Task IndexAsync(string path)
        {
            await using var first = VectorSinks.Open($"sqlite:{path}", new SinkOptions(), TimeProvider.System);
            await using var before = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{path}", TimeProvider.System);
            await before.InitializeAsync(s_none);
            var walk = await before.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///docs/"), first.Name, "c"), resume: false, s_none);
            await before.AddListingAsync(walk, new ListingPage([listed], null), s_none);
        }
    }

    [Fact]
    public async Task SearchAsync_WhileWriting_SeesOnlyWholeCommits()
    {
        await using var sink = Open();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await sink.UpsertAsync(Records($"file:///{i}", 10, i * 10), s_none);
            }
        });
        do
        {
            (await sink.CountAsync(s_none) % 10).ShouldBe(0);
            ((await sink.SearchAsync(new SearchQuery("piece", null, SearchMode.FullText, 1000), s_none)).Count % 10).ShouldBe(0);
        }
        while (!writing.IsCompleted);
        await writing;
        (await sink.CountAsync(s_none)).ShouldBe(400);
    }
}
