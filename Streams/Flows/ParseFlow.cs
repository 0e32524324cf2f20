using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka;
using Akka.Streams.Dsl;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

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
        var span = PipelineTracing.Begin("parse", ActivityKind.Producer, parent: null)?.SetTag("sluice.document.id", pending.Id.ToString());
        var events = new DocumentReader(parts, pending).ReadAsync(either.Token).GetAsyncEnumerator(either.Token);
        await using (events.ConfigureAwait(false))
        {
            try
            {
                while (await NextAsync(events, parts, span, either.Token).ConfigureAwait(false) is { } next)
                {
                    parts.Meter.BeginRoomWait();
                    try
                    {
                        yield return next;
                    }
                    finally
                    {
                        parts.Meter.EndRoomWait();
                    }
                }
            }
            finally
            {
                PipelineTracing.End(span);
            }
        }
    }

    private static async Task<DocumentEvent?> NextAsync(IAsyncEnumerator<DocumentEvent> events, ParseParts parts, Activity? span, CancellationToken cancellationToken)
    {
        await parts.Gate.PassAsync(cancellationToken).ConfigureAwait(false);
        if (!await Task.Run(() => MoveAsync(events, parts), cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        if (span is null)
        {
            return events.Current;
        }

        switch (events.Current)
        {
            case GroupParsed parsed:
                return new GroupParsed(parsed.Group with { Trace = span.Id });
            case DocumentRead read:
                span.SetTag("sluice.groups", read.Groups).SetTag("sluice.outcome", read.Unchanged ? "unchanged" : read.Rejection?.Reason ?? "read");
                PipelineTracing.End(span); // Before the event goes on: who sees the document settled finds its spans ended.
                break;
        }

        return events.Current;
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
