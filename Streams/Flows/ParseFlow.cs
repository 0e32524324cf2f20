using System.Runtime.CompilerServices;
using Akka;
using Akka.Streams.Dsl;
using Sluice.Streams.Ledger;

namespace Sluice.Streams.Flows;

/// <summary>Pending documents in, their events out: groups to embed, chunks to keep, the end of each document.</summary>
public static class ParseFlow
{
    /// <summary>Makes the flow. Each document is read on the thread pool, piece by piece, as downstream demands.</summary>
    /// <param name="parts">What it works with.</param>
    /// <param name="parallelism">Documents read at once, at least 1.</param>
    /// <param name="stop">Ends reading.</param>
    /// <returns>The flow. Events of one document keep their order.</returns>
    public static Flow<PendingDocument, DocumentEvent, NotUsed> Create(ParseParts parts, int parallelism, CancellationToken stop) =>
        Flow.Create<PendingDocument>().MergeMany(parallelism, pending => Source.From(() => OnPool(parts, pending, stop)));

    private static async IAsyncEnumerable<DocumentEvent> OnPool(ParseParts parts, PendingDocument pending, CancellationToken stop, [EnumeratorCancellation] CancellationToken cancelled = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancelled);
        var events = new DocumentReader(parts, pending).ReadAsync(either.Token).GetAsyncEnumerator(either.Token);
        await using (events.ConfigureAwait(false))
        {
            while (true)
            {
                await parts.Gate.PassAsync(either.Token).ConfigureAwait(false);
                if (!await Task.Run(() => MoveAsync(events, parts), either.Token).ConfigureAwait(false))
                {
                    yield break;
                }

                parts.Meter.BeginRoomWait();
                try
                {
                    yield return events.Current;
                }
                finally
                {
                    parts.Meter.EndRoomWait();
                }
            }
        }
    }

    private static async Task<bool> MoveAsync(IAsyncEnumerator<DocumentEvent> events, ParseParts parts)
    {
        var begun = parts.Meter.BeginWork();
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        finally
        {
            parts.Meter.EndWork(begun);
        }
    }
}
