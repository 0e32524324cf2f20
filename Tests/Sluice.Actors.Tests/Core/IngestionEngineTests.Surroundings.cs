using Sluice.Actors.Core;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit;

namespace Sluice.Actors.Tests.Core;

/// <content>Sources that go away, documents that cannot be read, and removals that nobody wanted.</content>
public sealed partial class IngestionEngineTests
{
    [Fact]
    public async Task Run_ListedUnreadableOnce_LeavesNoLetterWhenItIsFineAgain()
    {
        await RunAsync();
        _wrapSource = static source => new Relisted(source, static document => document.Uri.EndsWith("d02.md", StringComparison.Ordinal) ? document with { Problem = Rejection.Dead(Reasons.Unreadable, "no permission") } : document);
        var report = await RunAsync();
        report.Accounting.Dead.ShouldBe(new Dictionary<string, long> { [Reasons.Unreadable] = 1 });
        (report.Accounting.Kept, report.Accounting.ToTryAgain).ShouldBe((1, 1));

        _wrapSource = static source => source;
        (await RunAsync()).Accounting.Unchanged.ShouldBe(12);
        (await LettersAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Reasons.Vanished)]
    [InlineData(Reasons.Unreadable)]
    [InlineData(Reasons.SourceFailed)]
    [InlineData(Reasons.TimedOut)]
    [InlineData(Reasons.MissingProgram)]
    [InlineData(Reasons.OutOfMemory)]
    public async Task Run_EditedDocumentCannotBeReadNow_KeepsItsTextAndTheNextRunTriesAgain(string reason)
    {
        await RunAsync();
        var before = await IdsAsync();
        Write("d03.md", "# Document 3\n\nEdited.\n");
        _wrapSource = source => new Failing(source, "d03.md", () => reason switch
        {
            Reasons.Vanished => new FileNotFoundException(),
            Reasons.Unreadable => new UnauthorizedAccessException("no right to read"),
            Reasons.SourceFailed => new TransientException("no answer"),
            Reasons.OutOfMemory => new InsufficientMemoryException("no memory"),
            _ => new DocumentRejectedException(Rejection.Dead(reason, "not now")),
        });
        var report = await RunAsync();
        report.Accounting.Skipped.Concat(report.Accounting.Dead).ShouldHaveSingleItem().ShouldBe(new KeyValuePair<string, long>(reason, 1));
        (report.Accounting.Kept, report.Accounting.ToTryAgain).ShouldBe((1, 1));
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);
        await VerifyAsync();

        _wrapSource = static source => source;
        report = await RunAsync();
        report.Accounting.Indexed.ShouldBe(1);
        (await LettersAsync()).ShouldBeEmpty();
        (await IdsAsync()).Count.ShouldBe(before.Count - 1);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_DocumentThatWasReadableIsBroken_KeepsItsOldTextUntilItsLetterIsDropped()
    {
        var entries = string.Join(",\n", Enumerable.Range(0, 60).Select(static index => $"{{\"name\": \"entry {index}\", \"text\": \"Words of entry {index} about weirs.\"}}"));
        Write("data.json", $"[\n{entries}\n]");
        await RunAsync();
        var before = await IdsAsync();

        // New text at its beginning, which is stored before the damage is seen.
        Write("data.json", $"[\n{entries.Replace("weirs", "mills", StringComparison.Ordinal)},\n{{\"name\": ");
        var report = await RunAsync();
        report.Accounting.Dead.ShouldBe(new Dictionary<string, long> { [Reasons.Corrupt] = 1 });
        (report.Accounting.Kept, report.Accounting.ToTryAgain).ShouldBe((1, 0));
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);
        (await LettersAsync()).ShouldHaveSingleItem().KeptChunks.ShouldBeGreaterThan(0);
        await VerifyAsync();
        (await RunAsync()).Accounting.Dead[Reasons.Corrupt].ShouldBe(1, "what lies in the content holds until it changes");

        await using (var ledger = await OpenLedgerAsync())
        await using (var sink = OpenSink())
        {
            (await ledger.DropAsync(sink.Name, null, CancellationToken.None)).ShouldBe(1);
        }

        (await RunAsync()).Accounting.Skipped.ShouldBe(new Dictionary<string, long> { [Reasons.Dropped] = 1 });
        (await IdsAsync()).Count.ShouldBe(24);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_DocumentEmptied_RemovesItsText()
    {
        await RunAsync();
        Write("d03.md", "");
        (await RunAsync()).Accounting.Skipped.ShouldBe(new Dictionary<string, long> { [Reasons.Empty] = 1 });
        (await IdsAsync()).Count.ShouldBe(22);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_FolderGoneInMidRun_EndsWithWordsAndTheRunAfterItIndexesAll()
    {
        await RunAsync();
        var before = await IdsAsync();
        Edit();
        var opened = 0;
        _options.RootPatience = TimeSpan.FromMilliseconds(20);
        _wrapSource = source => Tripwire.Around(source, method =>
        {
            if (method == nameof(IDocumentSource.OpenAsync) && Interlocked.Increment(ref opened) == 6)
            {
                Directory.Move(_corpus, _scratch.File("away"));
            }

            return null;
        });
        (await Should.ThrowAsync<SourceLostException>(RunAsync())).Message.ShouldContain("nothing was removed");
        (await IdsAsync()).Count.ShouldBeGreaterThanOrEqualTo(12);

        Directory.Move(_scratch.File("away"), _corpus);
        _wrapSource = static source => source;
        var report = await RunAsync();
        (report.Accounting.Indexed + report.Accounting.Unchanged).ShouldBe(12);
        var after = await IdsAsync();
        after.Count.ShouldBe(24);
        after.Intersect(before).Count().ShouldBe(12, "each document was edited in one of its two chunks");
        (await LettersAsync()).ShouldBeEmpty();
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_FolderGoneAndBack_WaitsAndIndexesAll()
    {
        await RunAsync();
        Edit();
        var told = new List<string>();
        var (opened, asked) = (0, 0);
        _wrapSource = source => Tripwire.Around(source, method =>
        {
            if (method == nameof(IDocumentSource.OpenAsync) && Interlocked.Increment(ref opened) == 6)
            {
                Directory.Move(_corpus, _scratch.File("away"));
            }
            else if (method == nameof(IDocumentSource.CheckRootAsync) && opened >= 6 && Interlocked.Increment(ref asked) == 4)
            {
                Directory.Move(_scratch.File("away"), _corpus);
            }

            return null;
        });
        var report = await RunAsync(told: told);
        report.Accounting.Indexed.ShouldBe(12);
        told.ShouldContain(static text => text.StartsWith("the source is away", StringComparison.Ordinal));
        told.ShouldContain("the source answers again");
        (await IdsAsync()).Count.ShouldBe(24);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_AnotherFolderInItsPlaceInMidRun_EndsWithWordsAndRemovesNothing()
    {
        await RunAsync();
        var before = await IdsAsync();
        Edit();
        var opened = 0;
        _wrapSource = source => Tripwire.Around(source, method =>
        {
            if (method == nameof(IDocumentSource.OpenAsync) && Interlocked.Increment(ref opened) == 1)
            {
                Directory.Move(_corpus, _scratch.File("away"));
                Directory.CreateDirectory(_corpus); // The mount point, without what was mounted.
            }

            return null;
        });
        (await Should.ThrowAsync<SourceLostException>(RunAsync())).Message.ShouldContain("is empty now");
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);

        // The next run finds it as it is: an empty folder is not taken for one that was emptied.
        _wrapSource = static source => source;
        var report = await RunAsync();
        (report.Removed, report.Withheld).ShouldBe((0, 12));
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task Run_ManyDocumentsVanishWhileTheFolderIsThere_EndsWithWords()
    {
        for (var index = 0; index < 60; index++)
        {
            Directory.CreateDirectory(Path.Combine(_corpus, "mounted"));
            Write($"mounted/m{index:00}.md", $"# Mounted {index}\n\nWords of {index}.\n");
        }

        await RunAsync();
        var before = await IdsAsync();
        for (var index = 0; index < 60; index++)
        {
            Write($"mounted/m{index:00}.md", $"# Mounted {index}\n\nOther words of {index}.\n");
        }

        var opened = 0;
        _wrapSource = source => Tripwire.Around(source, method =>
        {
            if (method == nameof(IDocumentSource.OpenAsync) && Interlocked.Increment(ref opened) == 1)
            {
                Directory.Move(Path.Combine(_corpus, "mounted"), _scratch.File("unmounted"));
                Directory.CreateDirectory(Path.Combine(_corpus, "mounted"));
            }

            return null;
        });
        (await Should.ThrowAsync<SourceLostException>(RunAsync())).Message.ShouldContain("--prune");
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task Run_ServerAwayForAWhile_CostsNoDocumentATry()
    {
        var asked = 0;
        var told = new List<string>();
        _wrapSource = source => new Failing(source, ".md", () => Volatile.Read(ref asked) < 20 ? new TransientException("connection refused") : null)
        {
            Check = () => Interlocked.Increment(ref asked) < 20 ? RootCheck.Away("connection refused", TimeSpan.FromMilliseconds(1)) : RootCheck.There(null),
        };
        var report = await RunAsync(told: told);
        report.Accounting.Indexed.ShouldBe(12);
        told.ShouldContain(static text => text.StartsWith("the source is away (connection refused)", StringComparison.Ordinal));
        told.Count(static text => text == "the source answers again").ShouldBe(1, "all share one breaker");
    }

    [Fact]
    public async Task Run_ServerAwayAndTheRunIsStopped_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        _options.RetryDelay = _options.MaxRetryDelay = TimeSpan.FromMinutes(1);
        _wrapSource = source => new Failing(source, ".md", static () => new TransientException("connection refused"))
        {
            Check = () =>
            {
                stop.Cancel();
                return RootCheck.Away("connection refused", TimeSpan.FromDays(300));
            },
        };
        (await RunAsync(stop: stop.Token)).Interrupted.ShouldBeTrue();
        _wrapSource = static source => source;
        (await RunAsync()).Accounting.Indexed.ShouldBe(12);
    }

    [Fact]
    public async Task Run_LargeShareGone_AsksBeforeItRemovesAnything()
    {
        for (var index = 0; index < 30; index++)
        {
            Write($"e{index:00}.md", $"# Extra {index}\n\nOf weirs and mills, number {index}.\n");
        }

        await RunAsync();
        var before = await IdsAsync();
        foreach (var file in Directory.GetFiles(_corpus, "e*.md").Order(StringComparer.Ordinal).Take(20))
        {
            File.Delete(file);
        }

        Write("README.txt", "What was left at the mount point.");
        var report = await RunAsync();
        (report.Removed, report.Withheld, report.Accounting.Indexed, report.Accounting.Removed).ShouldBe((0, 20, 1, 0));
        report.Warnings.ShouldHaveSingleItem().ShouldContain("20 of the 42 documents");
        (await IdsAsync()).Intersect(before).Count().ShouldBe(before.Count);

        _prune = PruneMode.Always;
        report = await RunAsync();
        (report.Removed, report.Withheld, report.Accounting.Removed).ShouldBe((20, 0, 20));
        await VerifyAsync();
        await using var ledger = await OpenLedgerAsync();
        await using var sink = OpenSink();
        (await ledger.ListRemovalsAsync(sink.Name, 100, CancellationToken.None)).Count.ShouldBe(20);
    }

    private void Edit()
    {
        for (var index = 0; index < 12; index++)
        {
            Write($"d{index:00}.md", $"# Document {index}\n\nThe first paragraph of document {index} speaks of rivers.\n\n## Part two\n\nEdited, the second paragraph of document {index} speaks of weirs.\n");
        }
    }

    private async Task<IReadOnlyList<DeadLetter>> LettersAsync()
    {
        await using var ledger = await OpenLedgerAsync();
        await using var sink = OpenSink();
        return await ledger.ListDeadLettersAsync(sink.Name, 0, 100, CancellationToken.None);
    }

    private sealed class Relisted(IDocumentSource inner, Func<ListedDocument, ListedDocument> change) : IDocumentSource
    {
        public SourceScope Scope => inner.Scope;

        public string Description => inner.Description;

        public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var page in inner.ListAsync(cursor, cancellationToken))
            {
                yield return page with { Documents = [.. page.Documents.Select(change)] };
            }
        }

        public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken) => inner.OpenAsync(document, cancellationToken);
    }

    private sealed class Failing(IDocumentSource inner, string name, Func<Exception?> failure) : IDocumentSource
    {
        public Func<RootCheck> Check { get; init; } = static () => RootCheck.There(null);

        public SourceScope Scope => inner.Scope;

        public string Description => inner.Description;

        public IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken) => inner.ListAsync(cursor, cancellationToken);

        public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken) =>
            document.Uri.EndsWith(name, StringComparison.Ordinal) && failure() is { } exception ? throw exception : inner.OpenAsync(document, cancellationToken);

        public ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) => new(Check());
    }
}
