using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Sluice.Streams.Chunks;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Stages;

namespace Sluice.Actors.Core.Partitions;

/// <summary>The stream of a partition: pending documents through the parse flow, then through the window of what is not stored yet.</summary>
internal static class PartitionStream
{
    /// <summary>Runs it.</summary>
    /// <param name="index">The partition.</param>
    /// <param name="job">What the partitions share.</param>
    /// <param name="feed">Pending documents.</param>
    /// <param name="self">The partition's actor: told of each group that is offered (<see cref="GroupOffered"/>), of every other event of the flow, of the end of reading
    /// (<see cref="StreamEnded"/>, <see cref="StreamFailed"/>).</param>
    /// <param name="materializer">Runs it.</param>
    /// <param name="reading">Ends reading.</param>
    /// <returns>Ends the reading side in order; the window; and what ends all of it at once, whether or not somebody takes its groups.</returns>
    public static (UniqueKillSwitch Intake, IWindowControl<GroupId> Window, UniqueKillSwitch End) Run(
        int index, PartitionContext job, PendingFeed feed, IActorRef self, IMaterializer materializer, CancellationToken reading)
    {
        var parts = new ParseParts(
            job.Source,
            job.Parts.Parser,
            job.Parts.Chunker,
            job.Parts.Ledger,
            job.Walk,
            self,
            job.Fetch,
            job.Meters.Parsed,
            job.Time)
        {
            Gate = job.Meters.Gate,
            Guard = job.Guard,
            Known = job.Parts.Share is { } share ? share.Find : static _ => null,
            Siblings = job.Siblings,
        };
        var window = new UnacknowledgedWindow<GroupId, ChunkGroup>(
            static group => group.Id,
            static group => group.Weight,
            static group => group with { Attempt = group.Attempt + 1 },
            job.Meters.InFlight[index]);
        var ((intake, control), end) = Source.UnfoldAsync(feed, static async feed => await feed.NextAsync() is { } next ? Option<(PendingFeed, PendingDocument)>.Create((feed, next)) : Option<(PendingFeed, PendingDocument)>.None)
            .Via(ParseFlow.Create(parts, job.Options.ParseParallelism, reading))
            .ViaMaterialized(KillSwitches.Single<DocumentEvent>(), Keep.Right)
            .SelectMany(next => Route(next, self))
            .WatchTermination((intake, done) =>
            {
                done.PipeTo(self, success: static () => new StreamEnded(), failure: static exception => new StreamFailed(exception));
                return intake;
            })
            .Async()
            .WithAttributes(Attributes.CreateInputBuffer(1, 1))
            .ViaMaterialized(window, Keep.Both)
            .ViaMaterialized(KillSwitches.Single<ChunkGroup>(), Keep.Both)
            .To(job.Groups)
            .Run(materializer);
        return (intake, control, end);
    }

    /// <summary>Groups go down the stream; everything else is the actor's business.</summary>
    private static ChunkGroup[] Route(DocumentEvent next, IActorRef self)
    {
        if (next is GroupParsed parsed)
        {
            self.Tell(new GroupOffered(parsed.Group.Id));
            return [parsed.Group];
        }

        self.Tell(next);
        return [];
    }

    /// <summary>To the partition's actor: a group went down the stream.</summary>
    internal sealed record GroupOffered(GroupId Group);

    /// <summary>To the partition's actor: all documents are read.</summary>
    internal sealed record StreamEnded;

    /// <summary>To the partition's actor: reading has ended with a failure that is no document's.</summary>
    internal sealed record StreamFailed(Exception Cause);
}
