using Akka.Actor;
using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>Owns a sink: everything that is written to it passes here. Answers when the sink has committed; a failure that ends the run is answered as such.</summary>
/// <remarks>Its mailbox holds what the index flow has under way and one request a partition; each is bounded.</remarks>
internal sealed class IndexerActor : ReceiveActor
{
    private readonly CancellationTokenSource _stopped = new();

    public IndexerActor(SinkWriter writer, StageMeter stored)
    {
        var (edits, token) = (writer.Edits, _stopped.Token);
        Receive<WriteGroups>(message => StoreAsync(writer, message.Groups, stored, token).PipeTo(Sender));
        Receive<RelocateChunks>(message => EditAsync(() => edits.RelocateAsync(message.Document, message.Uri, message.Chunks, writer, token), token).PipeTo(Sender));
        Receive<DeleteChunks>(message => EditAsync(() => edits.DeleteAsync(message.Chunks, token), token).PipeTo(Sender));
        Receive<DeleteDocuments>(message => EditAsync(() => edits.DeleteDocumentsAsync(message.Documents, token), token).PipeTo(Sender));
    }

    public static Props Props(SinkWriter writer, StageMeter stored) => Akka.Actor.Props.Create(() => new IndexerActor(writer, stored));

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    private static async Task<EditDone<T>> EditAsync<T>(Func<Task<IReadOnlyList<Refusal<T>>>> edit, CancellationToken cancellationToken) =>
        new(await Task.Run(edit, cancellationToken));

    private static async Task<IReadOnlyList<GroupStored>> StoreAsync(SinkWriter writer, IReadOnlyList<VectorGroup> groups, StageMeter meter, CancellationToken cancellationToken)
    {
        var records = new List<VectorRecord>();
        foreach (var group in groups)
        {
            records.AddRange(group.Records);
        }

        var begun = meter.BeginWork();
        IReadOnlyList<ChunkFailure> refused;
        try
        {
            refused = records.Count == 0 ? [] : await Task.Run(() => writer.WriteAsync(records, cancellationToken), cancellationToken);
        }
        finally
        {
            meter.EndWork(begun);
        }

        meter.Count(records.Count - refused.Count, 0);

        var failed = refused.ToDictionary(static failure => failure.Chunk.Id);
        var stored = new List<GroupStored>(groups.Count);
        foreach (var group in groups)
        {
            var chunks = new List<LedgerChunk>(group.Records.Count);
            var failures = group.Failures.ToList();
            foreach (var record in group.Records)
            {
                if (failed.TryGetValue(record.Chunk.Id, out var failure))
                {
                    failures.Add(failure);
                }
                else
                {
                    chunks.Add(new LedgerChunk(record.Chunk.Id, PlaceHash.Of(record.Chunk)));
                }
            }

            stored.Add(new GroupStored(group.Group.Id, chunks, failures));
        }

        return stored;
    }
}
