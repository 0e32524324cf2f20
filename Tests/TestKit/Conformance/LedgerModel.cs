using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.TestKit.Conformance;

/// <summary>
/// Does random things to a ledger and to a few dictionaries that follow the words of <see cref="ILedger"/>, and compares the two after each. Few documents, so that
/// what happens to them piles up.
/// </summary>
internal sealed class LedgerModel(ILedger ledger, int seed)
{
    private const string Sink = "model-sink";
    private const string Scope = "file:///model/";
    private static readonly string[] s_reasons = [Reasons.Corrupt, Reasons.TooLarge, Reasons.Vanished, "of another version"];
    private static readonly CancellationToken s_none = CancellationToken.None;

#pragma warning disable CA5394 // A failing sequence must be repeatable.
    private readonly Random _random = new(seed);
#pragma warning restore CA5394
    private readonly Dictionary<DocumentId, Entry> _entries = [];
    private Walk? _walk;
    private bool _listed;

    public ILedger Ledger { get; set; } = ledger;

    public async Task StepAsync()
    {
        switch (_walk is null ? 0 : Next(12))
        {
            case 0:
                await BeginWalkAsync();
                break;
            case 1 or 2 or 3:
                await AddListingAsync();
                break;
            case 4 or 5:
                await BeginAsync();
                break;
            case 6 or 7 or 8:
                await CompleteAsync();
                break;
            case 9:
                await RequeueAsync();
                break;
            case 10:
                await PruneAsync();
                break;
            default:
                await DropOrReplayAsync();
                break;
        }

        await CompareAsync();
    }

#pragma warning disable CA5394 // See above.
    private int Next(int below) => _random.Next(below);
#pragma warning restore CA5394

    private async Task BeginWalkAsync()
    {
        _walk = await Ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse(Scope), Sink, $"config-{Next(2)}"), resume: false, s_none);
        _listed = false;
    }

    private async Task AddListingAsync()
    {
        var page = Enumerable.Range(0, 1 + Next(5)).Select(_ => new ListedDocument(
            $"{Scope}{Next(12)}", Next(3), DateTimeOffset.UnixEpoch, Problem: Next(8) == 0 ? Rejection.Dead(Reasons.Unreadable, "no") : null)).ToList();
        _listed = Next(4) == 0;
        var pending = await Ledger.AddListingAsync(_walk!, new ListingPage(page, _listed ? null : "more"), s_none);
        _walk = _walk! with { Cursor = _listed ? null : "more" };
        pending.ShouldBe(page.Count(AddListed));
    }

    private bool AddListed(ListedDocument listed)
    {
        if (!_entries.TryGetValue(listed.Id, out var entry))
        {
            _entries.Add(listed.Id, entry = new Entry { Uri = listed.Uri });
        }
        else if (listed.Problem is null && (entry.State == DocumentState.Indexed || (entry.State > DocumentState.Indexed && Reasons.AreOfContent(entry.Reason!))) && !entry.Problem && entry.Configuration == _walk!.Spec.Configuration && entry.Length == listed.Length)
        {
            entry.Seen = _walk.Id;
            return false;
        }

        entry.Seen = _walk!.Id;
        entry.Length = listed.Length;
        entry.Problem = listed.Problem is not null;
        if (listed.Problem is { } problem)
        {
            (entry.State, entry.Reason, entry.Settled, entry.Proven, entry.Letters) = (DocumentState.Dead, problem.Reason, _walk.Id, false, 1);
            return false;
        }

        entry.State = entry.State == DocumentState.Processing ? DocumentState.Processing : DocumentState.Pending;
        return true;
    }

    private async Task BeginAsync()
    {
        foreach (var (id, entry) in Some(entry => entry.State < DocumentState.Indexed && entry.Seen == _walk!.Id))
        {
            await BeginAsync(id, entry);
        }
    }

    private async Task BeginAsync(DocumentId id, Entry entry)
    {
        (await Ledger.BeginAsync(_walk!, [(id, entry.Generation)], s_none)).ShouldBe([id], ignoreOrder: true);
        (entry.State, entry.Dirty, entry.Hash) = (DocumentState.Processing, true, null);
        (await Ledger.BeginAsync(_walk!, [(id, ++entry.Generation)], s_none)).ShouldBeEmpty();
    }

    private async Task CompleteAsync()
    {
        foreach (var (id, entry) in Some(entry => entry.State < DocumentState.Indexed && entry.Seen == _walk!.Id))
        {
            var state = (DocumentState)(2 + Next(3));
            var proven = state == DocumentState.Indexed && entry.Hash is not null && Next(2) == 0;
            if (!proven && entry.State == DocumentState.Pending)
            {
                await BeginAsync(id, entry);
            }

            var stale = Next(6) == 0 && entry.Generation > 0;
            var hash = proven ? entry.Hash : $"hash {Next(3)}";
            await Ledger.CompleteAsync(
                _walk!,
                [
                    new DocumentOutcome(id, entry.Generation + (proven ? 1 : 0) - (stale ? 1 : 0), state)
                    {
                        ContentHash = hash,
                        Unchanged = proven,
                        Rejection = state == DocumentState.Indexed ? null : new Rejection(state == DocumentState.Dead ? Verdict.Dead : Verdict.Skipped, s_reasons[Next(s_reasons.Length)], "words"),
                    },
                ],
                s_none);
            if (stale)
            {
                continue;
            }

            var found = (await Ledger.ListDocumentsAsync(Sink, null, 100, s_none)).Single(document => document.Listed.Id == id);
            found.State.ShouldBe(state);
            (entry.State, entry.Settled, entry.Proven, entry.Configuration, entry.Problem, entry.Dirty) = (state, _walk!.Id, proven, _walk.Spec.Configuration, false, false);
            entry.Hash = state == DocumentState.Indexed ? hash : null;
            entry.Reason = found.Rejection?.Reason;
            entry.Letters = state == DocumentState.Dead ? 1 : 0;
        }
    }

    private async Task RequeueAsync()
    {
        foreach (var (id, entry) in Some(static _ => true).Take(2))
        {
            var settled = entry.State >= DocumentState.Indexed;
            (await Ledger.RequeueAsync(Sink, [(id, entry.Generation)], s_none)).Count.ShouldBe(settled ? 1 : 0);
            if (settled)
            {
                Requeue(entry);
            }
        }
    }

    private static void Requeue(Entry entry)
    {
        entry.Generation += entry.State >= DocumentState.Indexed ? 1 : 0;
        entry.State = entry.State == DocumentState.Processing ? DocumentState.Processing : DocumentState.Pending;
        (entry.Hash, entry.Problem) = (null, false);
    }

    private async Task PruneAsync()
    {
        var removed = await Ledger.ListRemovedAsync(_walk!, 100, s_none);
        var expected = _listed ? _entries.Where(pair => pair.Value.Seen < _walk!.Id).Select(static pair => pair.Key).ToList() : [];
        removed.Select(static document => document.Listed.Id).ShouldBe(expected, ignoreOrder: true);
        (await Ledger.WithdrawAsync(_walk!, [.. removed.Select(static document => (document.Listed.Id, document.Generation))], s_none)).ShouldBe(expected, ignoreOrder: true);
        await Ledger.RemoveDocumentsAsync(_walk!, [.. removed.Select(static document => (document.Listed.Id, document.Generation + 1))], s_none);
        expected.ForEach(id => _entries.Remove(id));
    }

    private async Task DropOrReplayAsync()
    {
        var letters = await Ledger.ListDeadLettersAsync(Sink, 0, 100, s_none);
        if (letters.Count == 0)
        {
            return;
        }

        var letter = letters[Next(letters.Count)];
        var entry = _entries[letter.Document];
        if (Next(2) == 0)
        {
            (await Ledger.ReplayAsync(Sink, [letter.Id], s_none)).Single().Listed.Id.ShouldBe(letter.Document);
            Requeue(entry);
            return;
        }

        (await Ledger.DropAsync(Sink, [letter.Id], s_none)).ShouldBe(1);
        entry.Letters--;
        if (entry.State == DocumentState.Dead && entry.Letters == 0)
        {
            (entry.State, entry.Reason, entry.Problem, entry.Hash) = (DocumentState.Skipped, Reasons.Dropped, false, null);
        }
    }

    private List<KeyValuePair<DocumentId, Entry>> Some(Func<Entry, bool> which) => [.. _entries.Where(pair => which(pair.Value) && Next(2) == 0)];

    private async Task CompareAsync()
    {
        var walk = _walk!;
        var seen = _entries.Values.Where(entry => entry.Seen == walk.Id).ToList();
        var accounting = await Ledger.AccountAsync(walk, s_none);
        accounting.Balances.ShouldBeTrue();
        accounting.Discovered.ShouldBe(seen.Count);
        accounting.Pending.ShouldBe(seen.Count(static entry => entry.State < DocumentState.Indexed));
        accounting.Indexed.ShouldBe(seen.Count(entry => entry.State == DocumentState.Indexed && entry.Settled == walk.Id && !entry.Proven));
        accounting.Unchanged.ShouldBe(seen.Count(entry => entry.State == DocumentState.Indexed && (entry.Settled < walk.Id || entry.Proven)));
        accounting.Skipped.ShouldBe(CountReasons(DocumentState.Skipped), ignoreOrder: true);
        accounting.Dead.ShouldBe(CountReasons(DocumentState.Dead), ignoreOrder: true);

        var pending = await Ledger.ListPendingAsync(walk, new SlotRange(0, DocumentId.SlotCount), new HashSet<DocumentId>(), 100, s_none);
        pending.Select(static document => (document.Listed.Uri, document.Generation, document.ContentHash, document.Interrupted)).ShouldBe(
            seen.Where(static entry => entry.State < DocumentState.Indexed)
                .Select(entry => (entry.Uri, entry.Generation, entry.Configuration == walk.Spec.Configuration ? entry.Hash : null, entry.Dirty)),
            ignoreOrder: true);
        (await Ledger.ListDeadLettersAsync(Sink, 0, 100, s_none)).Count.ShouldBe(_entries.Values.Sum(static entry => entry.Letters));

        Dictionary<string, long> CountReasons(DocumentState state) =>
            seen.Where(entry => entry.State == state).GroupBy(static entry => entry.Reason!).ToDictionary(static group => group.Key, static group => (long)group.Count());
    }

    private sealed class Entry
    {
        public required string Uri { get; init; }

        public DocumentState State { get; set; }

        public long? Length { get; set; }

        public long Generation { get; set; }

        public string? Hash { get; set; }

        public string? Configuration { get; set; }

        public string? Reason { get; set; }

        public long Seen { get; set; }

        public long Settled { get; set; }

        public bool Proven { get; set; }

        public bool Problem { get; set; }

        public bool Dirty { get; set; }

        public int Letters { get; set; }
    }
}
