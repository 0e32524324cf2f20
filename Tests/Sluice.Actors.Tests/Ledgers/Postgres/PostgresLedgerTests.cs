using Sluice.Actors.Ledgers;
using Sluice.Actors.Ledgers.Postgres;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>What only a server has: many nodes at once, rights, versions, text that it cannot store.</summary>
public sealed class PostgresLedgerTests(PostgresTestDatabase database) : IClassFixture<PostgresTestDatabase>
{
    private readonly string _address = database.NewAddress();

    private string Schema => _address[(_address.IndexOf("schema=", StringComparison.Ordinal) + 7)..];

    [Fact]
    public async Task InitializeAsync_TenNodesAtOnce_AllSucceed()
    {
        var ledgers = Enumerable.Range(0, 10).Select(_ => Open()).ToList();
        var stores = Enumerable.Range(0, 10).Select(_ => JobStores.Open(_address, TimeProvider.System)).ToList();
        await Task.WhenAll([.. ledgers.Select(static ledger => ledger.InitializeAsync(LedgerFilling.None)), .. stores.Select(static store => store.InitializeAsync(LedgerFilling.None))]);
        (await ledgers[7].SummarizeAsync("none", LedgerFilling.None)).ShouldBeEmpty();
        (await stores[7].ListAsync(false, 1, LedgerFilling.None)).ShouldBeEmpty();
        await Task.WhenAll([.. ledgers.Select(static ledger => ledger.DisposeAsync().AsTask()), .. stores.Select(static store => store.DisposeAsync().AsTask())]);
    }

    [Fact]
    public async Task InitializeAsync_NewerVersion_IsRefusedAndLeftAlone()
    {
        await using var ledger = await OpenReadyAsync();
        await ExecuteAsync($"UPDATE {Schema}.sluice_versions SET version = 99 WHERE part = 'ledger'");
        var message = (await Should.ThrowAsync<StorageException>(() => ledger.InitializeAsync(LedgerFilling.None))).Message;
        message.ShouldContain($"newer Sluice (ledger 99; this program knows {PostgresLedgerSchema.Migrations.Version})");
        message.ShouldContain(Schema);
        (await ExecuteAsync($"SELECT version FROM {Schema}.sluice_versions WHERE part = 'ledger'")).ShouldBe(99);
    }

    [Theory]
    [InlineData("wrong", null, "refused the user or password")]
    [InlineData(null, "nowhere", "createdb nowhere")]
    public async Task InitializeAsync_RefusedOrNoDatabase_SaysSoAtOnce(string? password, string? name, string words)
    {
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(database.Server.Address(name ?? database.Name, "", "sluice", password), TimeProvider.System);
        (await Should.ThrowAsync<StorageException>(() => ledger.InitializeAsync(LedgerFilling.None))).Message.ShouldContain(words);
    }

    [Fact]
    public async Task InitializeAsync_OtherEncoding_IsRefused()
    {
        var name = await database.Server.CreateDatabaseAsync("ENCODING 'LATIN1' TEMPLATE template0");
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(database.Server.Address(name), TimeProvider.System);
        (await Should.ThrowAsync<StorageException>(() => ledger.InitializeAsync(LedgerFilling.None))).Message.ShouldContain("LATIN1");
        await database.Server.ExecuteAsync("postgres", $"DROP DATABASE {name} WITH (FORCE)");
    }

    [Fact]
    public async Task InitializeAsync_WithoutTheRightToCreate_SaysWhatToGrant()
    {
        var user = await CreateUserAsync();
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(database.Server.Address(database.Name, $"schema={Schema}", user, "secret"), TimeProvider.System);
        var message = (await Should.ThrowAsync<StorageException>(() => ledger.InitializeAsync(LedgerFilling.None))).Message;
        message.ShouldContain(user);
        message.ShouldContain("docs/cluster-postgresql.md");
    }

    [Fact]
    public async Task Everything_WithTheDocumentedRightsOnly_Works()
    {
        await using var owner = await OpenReadyAsync();
        await using (var jobs = JobStores.Open(_address, TimeProvider.System))
        {
            await jobs.InitializeAsync(LedgerFilling.None);
        }

        var user = await CreateUserAsync();
        await ExecuteAsync($"GRANT USAGE ON SCHEMA {Schema} TO {user}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {Schema} TO {user}");
        var address = database.Server.Address(database.Name, $"schema={Schema}", user, "secret");
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(address, TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("least"), LedgerFilling.None);
        var walk = await ledger.ListAsync(LedgerFilling.Documents(100));
        var first = LedgerFilling.Documents(1)[0];
        await ledger.RecordChunksAsync(walk, [new StoredChunks(first.Id, 1, [new LedgerChunk(ChunkId.Create(first.Id, "x", 0), 1)])], LedgerFilling.None);
        (await ledger.SettleAsync(walk, LedgerFilling.AllSlots)).ShouldBe(100);
        (await ledger.AccountAsync(walk, LedgerFilling.None)).Indexed.ShouldBe(100);
        await ledger.EndWalkAsync(walk, LedgerFilling.None);
        (await ledger.ForgetSinkAsync(LedgerFilling.Sink, walk.Epoch, LedgerFilling.None)).ShouldBeTrue();

        await using var store = JobStores.Open(address, TimeProvider.System);
        await store.InitializeAsync(LedgerFilling.None);
        (await store.WishAsync(await store.SubmitAsync(new JobSubmission("a", ["b"], "", 1), LedgerFilling.None), JobWish.Pause, LedgerFilling.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task TwoLedgers_WritingDifferentSlotsAtOnce_AgreeInTheEnd()
    {
        await using var one = await OpenReadyAsync();
        await using var two = await OpenReadyAsync();
        var walk = await one.BeginWalkAsync(LedgerFilling.Spec, resume: false, LedgerFilling.None);
        await one.AddListingAsync(walk, new ListingPage(LedgerFilling.Documents(1_000), "on"), LedgerFilling.None);
        var listing = Task.Run(async () =>
        {
            for (var page = 0; page < 10; page++)
            {
                await one.AddListingAsync(walk with { Cursor = "on" }, new ListingPage(LedgerFilling.Documents(1_000, page * 500), page < 9 ? "on" : null), LedgerFilling.None);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(partition => Task.Run(async () =>
        {
            var ledger = partition % 2 == 0 ? one : two;
            int settled;
            do
            {
                var listed = listing.IsCompleted;
                settled = await ledger.SettleAsync(walk, SlotRange.OfPartition(partition, 8)) + (listed ? 0 : 1);
            }
            while (settled > 0);
        })).Append(listing));
        var accounting = await two.AccountAsync(walk, LedgerFilling.None);
        (accounting.Discovered, accounting.Indexed, accounting.Pending).ShouldBe((5_500, 5_500, 0));
    }

    [Fact]
    public async Task AddListingAsync_VeryLongUris_AreKeptApartAndRemoved()
    {
        await using var ledger = await OpenReadyAsync();
        var documents = Enumerable.Range(0, 3).Select(static i => new ListedDocument($"s3://bucket/{string.Concat(Enumerable.Range(0, 900).Select(static n => $"{n:0000}ü"))}/{i}")).ToArray();
        await ledger.ListAsync(documents);
        var walk = await ledger.ListAsync(documents[1]);
        (await ledger.ListRemovedAsync(walk, 10, LedgerFilling.None)).Select(static document => document.Listed.Uri).ShouldBe([documents[0].Uri, documents[2].Uri], ignoreOrder: true);
        (await ledger.ListRemovedAsync(walk, 1, LedgerFilling.None)).Count.ShouldBe(1);
        (await ledger.ListRemovedAsync(walk, 1, LedgerFilling.None)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task CompleteAsync_TextThatCannotBeStored_IsStoredWithoutIt()
    {
        await using var ledger = await OpenReadyAsync();
        var document = new ListedDocument("s3://bucket/x");
        var walk = await ledger.ListAsync(document);
        var letter = new DeadLetter(0, document.Id, document.Uri, null, null, Reasons.Corrupt, "a\0b", 1, DateTimeOffset.UnixEpoch) { Excerpt = new string('x', 199) + "𝄞" };
        await ledger.CompleteAsync(
            walk, [new DocumentOutcome(document.Id, 1, DocumentState.Dead) { Begun = false, Rejection = Rejection.Dead(Reasons.Corrupt, "c\0d"), DeadLetters = [letter] }], LedgerFilling.None);
        var kept = (await ledger.ListDeadLettersAsync(LedgerFilling.Sink, 0, 10, LedgerFilling.None)).Single();
        (kept.Message, kept.Excerpt).ShouldBe(("a\ufffdb", new string('x', 199) + "\ufffd"));
    }

    private ILedger Open() => Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);

    private async Task<ILedger> OpenReadyAsync()
    {
        var ledger = Open();
        await ledger.InitializeAsync(LedgerFilling.None);
        return ledger;
    }

    private async Task<string> CreateUserAsync()
    {
        var user = $"u{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE USER {user} PASSWORD 'secret'");
        return user;
    }

    private Task<object?> ExecuteAsync(string sql) => database.Server.ExecuteAsync(database.Name, sql);
}
