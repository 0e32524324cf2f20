using Akka.Actor;
using Google.Protobuf;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Wire;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Chunk groups and vector groups as they travel: <c>ChunkGroup</c> and <c>VectorGroup</c> of sluice.proto, written from and read into the records themselves.</summary>
internal sealed class GroupWire(ActorPaths paths)
{
    /// <summary>Number of a chunk group's field in the envelope.</summary>
    public const int ChunksField = Proto.Envelope.ChunkGroupFieldNumber;

    /// <summary>Number of a vector group's field in the envelope.</summary>
    public const int VectorsField = Proto.Envelope.VectorGroupFieldNumber;

    /// <summary>Writes a chunk group.</summary>
    /// <param name="envelope">Its envelope, without a body.</param>
    /// <param name="group">The group.</param>
    public static byte[] Write(Proto.Envelope envelope, ChunkGroup group)
    {
        var items = new Item[group.Chunks.Count];
        for (var index = 0; index < items.Length; index++)
        {
            items[index] = new Item(group.Chunks[index], group.Reused?[index], null);
        }

        return Write(envelope, ChunksField, group, items, withTokens: true, "");
    }

    /// <summary>Writes a vector group. The chunks' tokens stay behind: nobody needs them once they are embedded.</summary>
    /// <param name="envelope">Its envelope, without a body.</param>
    /// <param name="group">The group.</param>
    public static byte[] Write(Proto.Envelope envelope, VectorGroup group)
    {
        var items = new Item[group.Records.Count + group.Failures.Count];
        for (var index = 0; index < group.Records.Count; index++)
        {
            items[index] = new Item(group.Records[index].Chunk, group.Records[index].Embedding, null);
        }

        for (var index = 0; index < group.Failures.Count; index++)
        {
            items[group.Records.Count + index] = new Item(group.Failures[index].Chunk, null, group.Failures[index].Rejection);
        }

        return Write(envelope, VectorsField, group.Group, items, withTokens: false, ActorPaths.Write(group.Holder ?? ActorRefs.Nobody));
    }

    /// <summary>Reads a chunk group.</summary>
    public ChunkGroup ReadChunks(ReadOnlySpan<byte> body, int attempt)
    {
        var (id, uri, items, owner, _) = Read(body);
        var chunks = new Chunk[items.Count];
        Embedding?[]? reused = null;
        for (var index = 0; index < chunks.Length; index++)
        {
            chunks[index] = items[index].Chunk;
            if (items[index].Embedding is { } embedding)
            {
                (reused ??= new Embedding?[chunks.Length])[index] = embedding;
            }
        }

        return new ChunkGroup(id, uri, chunks, owner) { Attempt = attempt, Reused = reused };
    }

    /// <summary>Reads a vector group.</summary>
    public VectorGroup ReadVectors(ReadOnlySpan<byte> body, int attempt)
    {
        var (id, uri, items, owner, holder) = Read(body);
        var chunks = new Chunk[items.Count];
        var records = new List<VectorRecord>(items.Count);
        List<ChunkFailure>? failures = null;
        for (var index = 0; index < chunks.Length; index++)
        {
            var (chunk, embedding, rejection) = items[index];
            chunks[index] = chunk;
            if (embedding is not null)
            {
                records.Add(new VectorRecord(id.Document, uri, chunk, embedding));
            }
            else
            {
                (failures ??= []).Add(new ChunkFailure(chunk, rejection ?? throw new InvalidDataException("A chunk without a vector and without a reason came from another node: do all nodes run the same release?")));
            }
        }

        return new VectorGroup(new ChunkGroup(id, uri, chunks, owner) { Attempt = attempt }, records, (IReadOnlyList<ChunkFailure>?)failures ?? []) { Holder = holder };
    }

    private static byte[] Write(Proto.Envelope envelope, int field, ChunkGroup group, ReadOnlySpan<Item> items, bool withTokens, string holder)
    {
        Span<(int Size, int Text)> sizes = items.Length <= ChunkGroup.MaxChunks ? stackalloc (int, int)[items.Length] : new (int, int)[items.Length];
        var owner = ActorPaths.Write(group.Owner);
        var size = WireWriter.FieldSize(IdSize(group.Id)) + TextSize(group.Uri) + TextSize(owner) + TextSize(holder);
        for (var index = 0; index < items.Length; index++)
        {
            var item = items[index];
            sizes[index].Size = ChunkWire.Size(item.Chunk, withTokens, item.Embedding, item.Rejection, out sizes[index].Text);
            size += WireWriter.FieldSize(sizes[index].Size);
        }

        var head = envelope.CalculateSize();
        var bytes = GC.AllocateUninitializedArray<byte>(head + 2 + WireWriter.VarintSize((uint)size) + size); // The envelope's tags of bodies take two bytes.
        envelope.WriteTo(bytes.AsSpan(0, head));
        var to = new WireWriter(bytes.AsSpan(head));
        to.Begin(field, size);
        Write(ref to, group.Id);
        if (group.Uri.Length > 0)
        {
            to.Text(2, group.Uri);
        }

        for (var index = 0; index < items.Length; index++)
        {
            to.Begin(3, sizes[index].Size);
            ChunkWire.Write(ref to, items[index].Chunk, withTokens, items[index].Embedding, items[index].Rejection, sizes[index].Text);
        }

        if (owner.Length > 0)
        {
            to.Text(4, owner);
        }

        if (holder.Length > 0)
        {
            to.Text(5, holder);
        }

        return bytes;
    }

    private static int TextSize(string text) => text.Length > 0 ? WireWriter.TextSize(text) : 0;

    private static int IdSize(GroupId id) =>
        WireWriter.FieldSize(16) + (id.Generation != 0 ? WireWriter.IntegerSize(id.Generation) : 0) + (id.Sequence != 0 ? WireWriter.IntegerSize(id.Sequence) : 0);

    private static void Write(ref WireWriter to, GroupId id)
    {
        to.Begin(1, IdSize(id));
        to.Guid(1, id.Document.Value);
        if (id.Generation != 0)
        {
            to.Integer(2, id.Generation);
        }

        if (id.Sequence != 0)
        {
            to.Integer(3, id.Sequence);
        }
    }

    private static GroupId ReadId(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        var (document, generation, sequence) = (default(Guid), 0L, 0);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: document = reader.Guid(); break;
                case 2: generation = reader.Integer(); break;
                case 3: sequence = (int)reader.Integer(); break;
                default: reader.Skip(); break;
            }
        }

        return new GroupId(new DocumentId(document), generation, sequence);
    }

    private (GroupId Id, string Uri, List<Item> Items, IActorRef Owner, IActorRef? Holder) Read(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        var (id, uri, items) = (default(GroupId), "", new List<Item>(ChunkGroup.MaxChunks));
        IActorRef owner = ActorRefs.Nobody;
        IActorRef? holder = null;
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: id = ReadId(reader.Bytes()); break;
                case 2: uri = reader.Text(); break;
                case 3:
                    var (chunk, embedding, rejection) = ChunkWire.Read(reader.Bytes());
                    items.Add(new Item(chunk, embedding, rejection));
                    break;
                case 4: owner = paths.Read(reader.Text()); break;
                case 5: holder = paths.Read(reader.Text()); break;
                default: reader.Skip(); break;
            }
        }

        return (id, uri, items, owner, holder);
    }

    private readonly record struct Item(Chunk Chunk, Embedding? Embedding, Rejection? Rejection);
}
