using System.Diagnostics;
using Akka;
using Akka.Streams.Dsl;
using Sluice.Streams.Chunks;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Streams.Flows;

/// <summary>Chunk groups in, vector groups out: packed into batches across documents, embedded, put together again.</summary>
public static class EmbedFlow
{
    /// <summary>Makes the flow.</summary>
    /// <param name="options">How batches are packed.</param>
    /// <param name="embed">Embeds a batch; every item gets a result.</param>
    /// <param name="depth">Batches under way at once: 2 keeps the next one ready while one runs.</param>
    /// <param name="meters">What is told of it.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="discard">Cancelled to stop without embedding what waits.</param>
    /// <returns>The flow. Groups leave in the order in which they are complete.</returns>
    public static Flow<ChunkGroup, VectorGroup, NotUsed> Create(
        PackingOptions options,
        Func<PackedBatch, Task<EmbeddedBatch>> embed,
        int depth,
        EmbedMeters meters,
        TimeProvider time,
        CancellationToken discard)
    {
        ArgumentNullException.ThrowIfNull(meters);
        return Flow.Create<ChunkGroup>()
            .Via(new PackByTokens(options, meters.Window, meters.Starved, time, discard))
            .SelectAsyncUnordered(depth, batch => batch.Ready is null ? TraceAsync(batch, embed) : Task.FromResult(new EmbeddedBatch(batch, [])))
            .SelectMany(batch =>
            {
                Learn(options.Budget, batch);
                return Collect(batch, meters);
            });
    }

    private static Task<EmbeddedBatch> TraceAsync(PackedBatch batch, Func<PackedBatch, Task<EmbeddedBatch>> embed)
    {
        var span = PipelineTracing.BeginBatch("embed batch", batch.Items.Select(static item => item.Group.Group.Trace));
        return span is null ? embed(batch) : EndAsync(span, batch, embed);
    }

    private static async Task<EmbeddedBatch> EndAsync(Activity span, PackedBatch batch, Func<PackedBatch, Task<EmbeddedBatch>> embed)
    {
        span.SetTag("sluice.chunks", batch.Items.Count).SetTag("sluice.tokens", batch.Tokens).SetTag("sluice.tokens.padded", batch.PaddedTokens);
        try
        {
            var embedded = await embed(batch).ConfigureAwait(false);
            PipelineTracing.End(span);
            return embedded;
        }
        catch (Exception exception)
        {
            PipelineTracing.End(span, exception);
            throw;
        }
    }

    /// <summary>Tells the budget what became of a batch that was computed as it was packed.</summary>
    private static void Learn(BatchBudget budget, EmbeddedBatch embedded)
    {
        if (embedded.Computed is not { } computed || computed.Chunks == embedded.Batch.Items.Count)
        {
            if (embedded.WasHalved)
            {
                budget.Refused(embedded.Batch.PaddedTokens);
            }
            else if (embedded.Elapsed > TimeSpan.Zero)
            {
                budget.Ran(embedded.Batch.Tokens, embedded.Batch.PaddedTokens, embedded.Elapsed);
            }
        }
    }

    private static List<VectorGroup> Collect(EmbeddedBatch embedded, EmbedMeters meters)
    {
        var complete = new List<VectorGroup>();
        if (embedded.Batch.Ready is { } ready)
        {
            complete.Add(ready.Build());
            return complete;
        }

        var items = embedded.Batch.Items;
        for (var index = 0; index < items.Count; index++)
        {
            var group = items[index].Group;
            group.Set(items[index].Index, embedded.Results[index]);
            if (group.IsComplete)
            {
                complete.Add(group.Build());
            }
        }

        var computed = embedded.Computed ?? new ComputedTokens(items.Count, embedded.Batch.Tokens, embedded.Batch.PaddedTokens);
        if (computed.Chunks > 0)
        {
            meters.Embedded.Count(computed.Chunks, computed.Tokens);
            meters.Padded.Count(1, computed.PaddedTokens);
        }

        return complete;
    }
}

/// <summary>What is told of an embed flow.</summary>
/// <param name="Window">Tokens that wait to be packed.</param>
/// <param name="Embedded">Chunks and tokens embedded.</param>
/// <param name="Padded">Batches and their padded tokens.</param>
/// <param name="Starved">Time in which the embedder had demand and no batch was ready.</param>
public sealed record EmbedMeters(BufferGauge Window, StageMeter Embedded, StageMeter Padded, StageMeter Starved);
