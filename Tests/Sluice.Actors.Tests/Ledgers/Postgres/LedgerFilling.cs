using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>Documents and what is done to them, for tests of the PostgreSQL ledger alone.</summary>
internal static class LedgerFilling
{
    public const string Sink = "pgvector://db/docs";

    public static WalkSpec Spec { get; } = new(SourceScope.Prefix("s3://bucket/"), Sink, "config-1");

    public static CancellationToken None => CancellationToken.None;

    public static HashSet<DocumentId> Nothing { get; } = [];

    public static SlotRange AllSlots { get; } = new(0, DocumentId.SlotCount);

    public static ListedDocument[] Documents(int count, int first = 0) =>
        [.. Enumerable.Range(first, count).Select(static i => new ListedDocument($"s3://bucket/{i:000000000}.txt", i, DateTimeOffset.UnixEpoch))];

    public static async Task<Walk> ListAsync(this ILedger ledger, params ListedDocument[] documents)
    {
        var walk = await ledger.BeginWalkAsync(Spec, resume: false, None);
        var at = walk;
        foreach (var page in documents.Chunk(5_000))
        {
            await ledger.AddListingAsync(at, new ListingPage(page, "more"), None);
            at = walk with { Cursor = "more" };
        }

        await ledger.AddListingAsync(at, new ListingPage([], null), None);
        return walk;
    }

    /// <summary>Settles what is pending in some slots, in pages, as a partition does.</summary>
    public static async Task<int> SettleAsync(this ILedger ledger, Walk walk, SlotRange slots, int limit = int.MaxValue, CancellationToken cancellationToken = default)
    {
        var settled = 0;
        IReadOnlyList<PendingDocument> page;
        while (settled < limit && (page = await ledger.ListPendingAsync(walk, slots, Nothing, Math.Min(1_000, limit - settled), cancellationToken)).Count > 0)
        {
            await ledger.BeginAsync(walk, [.. page.Select(static document => (document.Id, document.Generation + 1))], cancellationToken);
            await ledger.CompleteAsync(
                walk, [.. page.Select(static document => new DocumentOutcome(document.Id, document.Generation + 1, DocumentState.Indexed) { ContentHash = "hash " + document.Listed.Length })], cancellationToken);
            settled += page.Count;
        }

        return settled;
    }
}
