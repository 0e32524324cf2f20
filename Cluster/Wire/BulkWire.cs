using Google.Protobuf;
using Sluice.Actors.Core.Partitions;
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
    /// <summary>Characters of a failed chunk's text that travel: what a dead letter keeps of it.</summary>
    internal const int LongestExcerpt = DocumentFinisher.ExcerptLength;

    /// <summary>Characters of the reason of a failure that travel.</summary>
    internal const int LongestMessage = 500;

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

    /// <summary>Only what a dead letter shows of the chunk: acknowledgements gather many failures, and a message has to fit a frame.</summary>
    private static Proto.Chunk Write(ChunkFailure failure) => new()
    {
        Id = WireFormat.Bytes(failure.Chunk.Id.Value),
        Text = Cut(failure.Chunk.Text, LongestExcerpt),
        Place = Write(failure.Chunk.Place),
        Rejection = new Proto.Rejection
        {
            Dead = failure.Rejection.Verdict == Verdict.Dead,
            Reason = failure.Rejection.Reason,
            Message = Cut(failure.Rejection.Message, LongestMessage),
        },
    };

    /// <summary>The beginning of a text, without half of a surrogate pair at its end.</summary>
    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static Rejection Read(Proto.Rejection wire) => new(wire.Dead ? Verdict.Dead : Verdict.Skipped, wire.Reason, wire.Message);

    private static Chunk Read(Proto.Chunk wire) => new(new ChunkId(WireFormat.Guid(wire.Id)), wire.Text, ReadOnlyMemory<int>.Empty, Read(wire.Place));

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
