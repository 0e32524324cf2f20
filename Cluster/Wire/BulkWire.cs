using Google.Protobuf;
using Sluice.Cluster.Models;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Wire;

/// <summary>What is told of groups, and files, as they travel.</summary>
internal static class BulkWire
{
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
        var chunk = Write(failure.Chunk);
        chunk.Rejection = new Proto.Rejection { Dead = failure.Rejection.Verdict == Verdict.Dead, Reason = failure.Rejection.Reason, Message = failure.Rejection.Message };
        return chunk;
    }

    private static Rejection Read(Proto.Rejection wire) => new(wire.Dead ? Verdict.Dead : Verdict.Skipped, wire.Reason, wire.Message);

    private static Proto.Chunk Write(Chunk chunk)
    {
        var wire = new Proto.Chunk { Id = WireFormat.Bytes(chunk.Id.Value), Text = chunk.Text, Place = Write(chunk.Place) };
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
        return new Chunk(new ChunkId(WireFormat.Guid(wire.Id)), wire.Text, TokenBytes.Read(wire.Tokens.Span, wire.WideTokens), Read(wire.Place))
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
}
