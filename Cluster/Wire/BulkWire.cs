using Akka.Actor;
using Google.Protobuf;
using Sluice.Cluster.Models;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Wire;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Chunk groups, vector groups and what is told of them, as they travel.</summary>
internal sealed class BulkWire(ActorPaths paths)
{
    public static Proto.ChunkGroup Write(ChunkGroup group)
    {
        var wire = new Proto.ChunkGroup { Id = Write(group.Id), Uri = group.Uri, Owner = ActorPaths.Write(group.Owner) };
        for (var index = 0; index < group.Chunks.Count; index++)
        {
            var chunk = Write(group.Chunks[index], withTokens: true);
            if (group.Reused?[index] is { } reused)
            {
                chunk.Embedding = Write(reused);
            }

            wire.Chunks.Add(chunk);
        }

        return wire;
    }

    public ChunkGroup Read(Proto.ChunkGroup wire, int attempt)
    {
        var chunks = new Chunk[wire.Chunks.Count];
        Embedding?[]? reused = null;
        for (var index = 0; index < chunks.Length; index++)
        {
            chunks[index] = Read(wire.Chunks[index]);
            if (wire.Chunks[index].Embedding is { } embedding)
            {
                (reused ??= new Embedding?[chunks.Length])[index] = Read(embedding);
            }
        }

        return new ChunkGroup(Read(wire.Id), wire.Uri, chunks, paths.Read(wire.Owner)) { Attempt = attempt, Reused = reused };
    }

    /// <summary>The chunks' tokens stay behind: nobody needs them once they are embedded.</summary>
    public static Proto.VectorGroup Write(VectorGroup group)
    {
        var wire = new Proto.VectorGroup
        {
            Id = Write(group.Group.Id),
            Uri = group.Group.Uri,
            Owner = ActorPaths.Write(group.Group.Owner),
            Holder = ActorPaths.Write(group.Holder ?? ActorRefs.Nobody),
        };
        foreach (var record in group.Records)
        {
            var chunk = Write(record.Chunk, withTokens: false);
            chunk.Embedding = Write(record.Embedding);
            wire.Chunks.Add(chunk);
        }

        foreach (var failure in group.Failures)
        {
            wire.Chunks.Add(Write(failure));
        }

        return wire;
    }

    public VectorGroup Read(Proto.VectorGroup wire, int attempt)
    {
        var id = Read(wire.Id);
        var chunks = new List<Chunk>(wire.Chunks.Count);
        var records = new List<VectorRecord>(wire.Chunks.Count);
        List<ChunkFailure>? failures = null;
        foreach (var written in wire.Chunks)
        {
            var chunk = Read(written);
            chunks.Add(chunk);
            if (written.Embedding is { } embedding)
            {
                records.Add(new VectorRecord(id.Document, wire.Uri, chunk, Read(embedding)));
            }
            else
            {
                (failures ??= []).Add(new ChunkFailure(chunk, Read(written.Rejection)));
            }
        }

        var group = new ChunkGroup(id, wire.Uri, chunks, paths.Read(wire.Owner)) { Attempt = attempt };
        return new VectorGroup(group, records, (IReadOnlyList<ChunkFailure>?)failures ?? []) { Holder = wire.Holder.Length > 0 ? paths.Read(wire.Holder) : null };
    }

    public static Proto.StoredGroup Write(GroupStored stored)
    {
        var wire = new Proto.StoredGroup { Id = Write(stored.Group) };
        foreach (var chunk in stored.Stored)
        {
            wire.Chunks.Add(WireFormat.Bytes(chunk.Id.Value));
            wire.PlaceHashes.Add(chunk.PlaceHash);
        }

        foreach (var failure in stored.Failures)
        {
            wire.Failures.Add(new Proto.FailedChunk { Chunk = Write(failure) });
        }

        return wire;
    }

    public static GroupStored Read(Proto.StoredGroup wire)
    {
        var stored = new LedgerChunk[wire.Chunks.Count];
        for (var index = 0; index < stored.Length; index++)
        {
            stored[index] = new LedgerChunk(new ChunkId(WireFormat.Guid(wire.Chunks[index])), wire.PlaceHashes[index]);
        }

        return new GroupStored(Read(wire.Id), stored, [.. wire.Failures.Select(static failure => new ChunkFailure(Read(failure.Chunk), Read(failure.Chunk.Rejection)))]);
    }

    public static Proto.FilePiece Write(FilePiece piece) => new() { Path = piece.Path, Offset = piece.Offset, Data = UnsafeByteOperations.UnsafeWrap(piece.Data) };

    public static FilePiece Read(Proto.FilePiece wire) => new(wire.Path, wire.Offset, wire.Data.Memory);

    private static Proto.GroupId Write(GroupId id) => new() { Document = WireFormat.Bytes(id.Document.Value), Generation = id.Generation, Sequence = id.Sequence };

    private static GroupId Read(Proto.GroupId wire) => new(new DocumentId(WireFormat.Guid(wire.Document)), wire.Generation, wire.Sequence);

    private static Proto.Chunk Write(ChunkFailure failure)
    {
        var chunk = Write(failure.Chunk, withTokens: false);
        chunk.Rejection = new Proto.Rejection { Dead = failure.Rejection.Verdict == Verdict.Dead, Reason = failure.Rejection.Reason, Message = failure.Rejection.Message };
        return chunk;
    }

    private static Rejection Read(Proto.Rejection wire) => new(wire.Dead ? Verdict.Dead : Verdict.Skipped, wire.Reason, wire.Message);

    private static Proto.Chunk Write(Chunk chunk, bool withTokens)
    {
        var wire = new Proto.Chunk { Id = WireFormat.Bytes(chunk.Id.Value), Text = chunk.Text, Place = Write(chunk.Place) };
        if (withTokens)
        {
            (wire.Tokens, wire.WideTokens) = TokenBytes.Write(chunk.Tokens.Span);
        }

        foreach (var heading in chunk.HeadingPath)
        {
            wire.Headings.Add(heading);
        }

        if (chunk.Title is { } title)
        {
            wire.Title = title;
        }

        if (chunk.Metadata is { } metadata)
        {
            foreach (var (key, value) in metadata)
            {
                wire.Metadata.Add(key, value);
            }
        }

        return wire;
    }

    private static Chunk Read(Proto.Chunk wire)
    {
        return new Chunk(new ChunkId(WireFormat.Guid(wire.Id)), wire.Text, TokenBytes.Read(wire.Tokens, wire.WideTokens), Read(wire.Place))
        {
            HeadingPath = wire.Headings,
            Title = wire.HasTitle ? wire.Title : null,
            Metadata = wire.Metadata.Count > 0 ? new Dictionary<string, string>(wire.Metadata, StringComparer.Ordinal) : null,
        };
    }

    private static Proto.Place Write(Place place)
    {
        var wire = new Proto.Place { Start = place.Start, End = place.End };
        if (place.Line is { } line)
        {
            wire.Line = line;
        }

        if (place.Page is { } page)
        {
            wire.Page = page;
        }

        if (place.Row is { } row)
        {
            wire.Row = row;
        }

        if (place.Part is { } part)
        {
            wire.Part = part;
        }

        if (place.Anchor is { } anchor)
        {
            wire.Anchor = anchor;
        }

        return wire;
    }

    private static Place Read(Proto.Place wire) => new(wire.Start, wire.End)
    {
        Line = wire.HasLine ? wire.Line : null,
        Page = wire.HasPage ? wire.Page : null,
        Row = wire.HasRow ? wire.Row : null,
        Part = wire.HasPart ? wire.Part : null,
        Anchor = wire.HasAnchor ? wire.Anchor : null,
    };

    private static Proto.Embedding Write(Embedding embedding) => embedding switch
    {
        DenseEmbedding dense => new Proto.Embedding { Dense = Floats(dense.Values) },
        MultiVectorEmbedding multi => new Proto.Embedding { Multi = new Proto.MultiVector { Values = Floats(multi.Values), Rows = multi.Rows, Dimension = multi.Dimension } },
        SparseEmbedding sparse => new Proto.Embedding { Sparse = new Proto.Sparse { Indices = { sparse.Indices.ToArray() }, Values = Floats(sparse.Values) } },
        _ => throw new NotSupportedException($"{embedding.GetType().Name} has no form on the wire."),
    };

    private static Embedding Read(Proto.Embedding wire) => wire.KindCase switch
    {
        Proto.Embedding.KindOneofCase.Dense => new DenseEmbedding(Floats(wire.Dense)),
        Proto.Embedding.KindOneofCase.Multi => new MultiVectorEmbedding(Floats(wire.Multi.Values), wire.Multi.Rows, wire.Multi.Dimension),
        Proto.Embedding.KindOneofCase.Sparse => new SparseEmbedding(wire.Sparse.Indices.ToArray(), Floats(wire.Sparse.Values)),
        _ => throw new InvalidDataException("An embedding of an unknown kind came from another node: do all nodes run the same release?"),
    };

    /// <summary>Vectors travel as they lie in memory, which is little-endian on every machine that .NET runs on here; they are not copied on the way.</summary>
    private static ByteString Floats(ReadOnlyMemory<float> values) => UnsafeByteOperations.UnsafeWrap(CastMemory<float, byte>.Of(values));

    private static ReadOnlyMemory<float> Floats(ByteString bytes) => CastMemory<byte, float>.Of(bytes.Memory);
}
