using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Actors.Core.Embedding;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Chunks;
using Sluice.Streams.Flows;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Jobs;

/// <summary>The embed and index flows of a job on one machine: groups of all partitions meet in a hub; acknowledgements go straight to their owners.</summary>
internal static class PipelineGraph
{
    /// <summary>Runs it.</summary>
    /// <param name="parts">Model and sink.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="embedder">Embeds batches.</param>
    /// <param name="indexer">Writes groups.</param>
    /// <param name="meters">Counts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="materializer">Runs it; its death ends the graph.</param>
    /// <param name="discard">Cancelled to stop without embedding what waits.</param>
    /// <returns>The hub to send groups to, the switch that ends the graph, and its end.</returns>
    public static (Sink<ChunkGroup, NotUsed> Groups, UniqueKillSwitch Switch, Task Ended) Run(
        IngestionParts parts,
        PipelineOptions options,
        IActorRef embedder,
        IActorRef indexer,
        IngestionMeters meters,
        TimeProvider time,
        IMaterializer materializer,
        CancellationToken discard)
    {
        var packing = new PackingOptions(parts.Model.MaxTokens, meters.Budget, options.BatchRows, options.PackingWindowTokens, options.BatchFlushAge);
        var parallelism = Math.Min(options.SinkParallelism, parts.Sink.Capabilities.MaxConcurrency);
        meters.Stored.AddWorkers(parallelism);
        var ((groups, killSwitch), ended) = MergeHub.Source<ChunkGroup>(perProducerBufferSize: 1)
            .ViaMaterialized(KillSwitches.Single<ChunkGroup>(), Keep.Both)
            .Via(EmbedFlow.Create(packing, batch => EmbedAsync(parts.Share, embedder, batch, meters), options.BatchesAhead * parts.Sessions, meters.Embed, time, discard))
            .Select(group =>
            {
                CountReused(group, meters);
                return group;
            })
            .Async()
            .Via(IndexFlow.Create(parts.Sink.Capabilities, parts.Sink.EncodedBytes, batch => WriteAsync(indexer, batch), meters.SinkBuffer, parallelism, options.SinkFlushAge))
            .ToMaterialized(Sink.ForEach<(VectorGroup Group, GroupStored Stored)>(static acknowledged => acknowledged.Group.Group.Owner.Tell(acknowledged.Stored)), Keep.Both)
            .WithAttributes(Attributes.CreateInputBuffer(1, 1))
            .Run(materializer);
        return (groups, killSwitch, ended);
    }

    private static async Task<EmbeddedBatch> EmbedAsync(EmbeddingShare? share, IActorRef embedder, PackedBatch batch, IngestionMeters meters)
    {
        if (share is null)
        {
            return await embedder.AskLivingAsync<EmbeddedBatch>(new EmbedBatch(batch));
        }

        var embedded = await share.EmbedAsync(batch);
        meters.Reused.Count(batch.Items.Count - (embedded.Computed?.Chunks ?? batch.Items.Count), 0);
        return embedded;
    }

    private static Task<IReadOnlyList<GroupStored>> WriteAsync(IActorRef indexer, IReadOnlyList<VectorGroup> groups) =>
        indexer.AskLivingAsync<IReadOnlyList<GroupStored>>(new WriteGroups(groups));

    private static void CountReused(VectorGroup group, IngestionMeters meters)
    {
        if (group.Group.Reused is { } reused)
        {
            meters.Reused.Count(reused.Count(static embedding => embedding is not null), 0);
        }
    }
}
