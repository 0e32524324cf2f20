using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Core.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Actors.Core.Jobs;

/// <summary>
/// Walks a source into the ledger, page by page, and tells the job of each page. A source that fails for now is taken up again at the last page's cursor, and a ledger that went back
/// (a failover took commits away) at its own: going on from memory would leave a hole, and what stood in it would look removed.
/// </summary>
internal sealed class SourceWalk(IDocumentSource source, ILedger ledger, Walk walk, SourceGuard guard, StageMeter listed)
{
    /// <summary>Holds the walk up while it is closed.</summary>
    public PauseGate Gate { get; init; } = new();

    /// <summary>Told when pages are listed again because the ledger lost them.</summary>
    public NoticeBoard? Notices { get; init; }

    /// <summary>Walks to the end.</summary>
    /// <param name="job">Told of each page with a <see cref="ListingAdvanced"/>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether everything below the source could be listed.</returns>
    public async Task<bool> RunAsync(IActorRef job, CancellationToken cancellationToken)
    {
        await guard.PrepareAsync(ledger, walk, cancellationToken);
        var cursor = walk.Cursor;
        var complete = walk.Complete;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var pages = source.ListAsync(cursor, cancellationToken).GetAsyncEnumerator(cancellationToken);
                while (await NextAsync(pages, cursor, cancellationToken) is { } page)
                {
                    attempt = 1;
                    guard.Answered();
                    complete &= page.Complete;
                    cursor = page.Cursor;
                    listed.Count(page.Documents.Count, 0);
                    job.Tell(new ListingAdvanced(Complete: false));
                }

                // What was not listed counts as gone: that must have been said by the source that the walk began with.
                await guard.RequireAsync(cancellationToken);
                return complete;
            }
            catch (ListingLostException lost)
            {
                cursor = lost.Cursor;
                Notices?.Tell("the ledger has lost the last pages of the listing, its database went back to an earlier state; they are listed again");
            }
            catch (TransientException exception)
            {
                await guard.StallAsync(exception, attempt, cancellationToken);
            }
        }
    }

    /// <summary>Reads a page and puts it into the ledger.</summary>
    private async ValueTask<ListingPage?> NextAsync(IAsyncEnumerator<ListingPage> pages, string? cursor, CancellationToken cancellationToken)
    {
        await Gate.PassAsync(cancellationToken);
        var begun = listed.BeginWork();
        try
        {
            if (!await pages.MoveNextAsync())
            {
                return null;
            }

            await ledger.AddListingAsync(walk with { Cursor = cursor }, pages.Current, cancellationToken);
            return pages.Current;
        }
        finally
        {
            listed.EndWork(begun);
        }
    }
}
