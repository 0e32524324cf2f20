using System.Text;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Wire;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// A chunk of a group as it travels, <c>Chunk</c> of sluice.proto: written from and read into the records themselves. Between them and the generated classes everything
/// would be made twice, which cost as much as carrying it.
/// </summary>
internal static class ChunkWire
{
    /// <summary>Bytes it takes.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="withTokens">Whether its tokens, or its pixels, travel.</param>
    /// <param name="embedding">What was embedded.</param>
    /// <param name="rejection">Why nothing was.</param>
    /// <param name="text">Bytes of its text, which writing it wants back.</param>
    public static int Size(Chunk chunk, bool withTokens, Embedding? embedding, Rejection? rejection, out int text)
    {
        text = Encoding.UTF8.GetByteCount(chunk.Text);
        var size = WireWriter.FieldSize(16) + WireWriter.FieldSize(PlaceSize(chunk.Place));
        size += text > 0 ? WireWriter.FieldSize(text) : 0;
        if (withTokens && chunk.Tokens.Length > 0)
        {
            size += WireWriter.FieldSize(TokenBytes.Size(chunk.Tokens.Span, out var wide)) + (wide ? 2 : 0);
        }

        if (withTokens && chunk.Image is { } image)
        {
            size += WireWriter.FieldSize(ImageWire.Size(image));
        }

        foreach (var heading in chunk.HeadingPath)
        {
            size += WireWriter.TextSize(heading);
        }

        size += chunk.Title is { } title ? WireWriter.TextSize(title) : 0;
        if (chunk.Metadata is { } metadata)
        {
            foreach (var (key, value) in metadata)
            {
                size += WireWriter.FieldSize(WireWriter.TextSize(key) + WireWriter.TextSize(value));
            }
        }

        size += embedding is not null ? WireWriter.FieldSize(EmbeddingWire.Size(embedding)) : 0;
        return size + (rejection is not null ? WireWriter.FieldSize(RejectionSize(rejection)) : 0);
    }

    /// <summary>Writes it.</summary>
    public static void Write(ref WireWriter to, Chunk chunk, bool withTokens, Embedding? embedding, Rejection? rejection, int text)
    {
        to.Guid(1, chunk.Id.Value);
        if (text > 0)
        {
            to.Text(2, chunk.Text, text);
        }

        var wide = false;
        if (withTokens && chunk.Tokens.Length > 0)
        {
            var length = TokenBytes.Size(chunk.Tokens.Span, out wide);
            to.Begin(3, length);
            TokenBytes.Write(chunk.Tokens.Span, to.Take(length));
        }

        Write(ref to, chunk.Place);
        foreach (var heading in chunk.HeadingPath)
        {
            to.Text(5, heading);
        }

        if (chunk.Title is { } title)
        {
            to.Text(6, title);
        }

        if (chunk.Metadata is { } metadata)
        {
            foreach (var (key, value) in metadata)
            {
                to.Begin(7, WireWriter.TextSize(key) + WireWriter.TextSize(value));
                to.Text(1, key);
                to.Text(2, value);
            }
        }

        if (embedding is not null)
        {
            to.Begin(8, EmbeddingWire.Size(embedding));
            EmbeddingWire.Write(ref to, embedding);
        }

        if (rejection is not null)
        {
            to.Begin(9, RejectionSize(rejection));
            Write(ref to, rejection);
        }

        if (wide)
        {
            to.Integer(10, 1);
        }

        if (withTokens && chunk.Image is { } image)
        {
            to.Begin(11, ImageWire.Size(image));
            ImageWire.Write(ref to, image);
        }
    }

    /// <summary>Reads it.</summary>
    public static (Chunk Chunk, Embedding? Embedding, Rejection? Rejection) Read(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        var (id, text, place, wide) = (default(Guid), "", new Place(0, 0), false);
        var tokens = default(ReadOnlySpan<byte>);
        List<string>? headings = null;
        string? title = null;
        Dictionary<string, string>? metadata = null;
        Embedding? embedding = null;
        Rejection? rejection = null;
        PreparedImage? image = null;
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: id = reader.Guid(); break;
                case 2: text = reader.Text(); break;
                case 3: tokens = reader.Bytes(); break;
                case 4: place = ReadPlace(reader.Bytes()); break;
                case 5: (headings ??= []).Add(reader.Text()); break;
                case 6: title = reader.Text(); break;
                case 7: ReadEntry(reader.Bytes(), metadata ??= new Dictionary<string, string>(StringComparer.Ordinal)); break;
                case 8: embedding = EmbeddingWire.Read(reader.Bytes()); break;
                case 9: rejection = ReadRejection(reader.Bytes()); break;
                case 10: wide = reader.Integer() != 0; break;
                case 11: image = ImageWire.Read(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        var chunk = new Chunk(new ChunkId(id), text, TokenBytes.Read(tokens, wide), place) { HeadingPath = (IReadOnlyList<string>?)headings ?? [], Title = title, Metadata = metadata, Image = image };
        return (chunk, embedding, rejection);
    }

    private static int PlaceSize(Place place) =>
        (place.Start != 0 ? WireWriter.IntegerSize(place.Start) : 0)
        + (place.End != 0 ? WireWriter.IntegerSize(place.End) : 0)
        + (place.Line is { } line ? WireWriter.IntegerSize(line) : 0)
        + (place.Page is { } page ? WireWriter.IntegerSize(page) : 0)
        + (place.Row is { } row ? WireWriter.IntegerSize(row) : 0)
        + (place.Part is { } part ? WireWriter.TextSize(part) : 0)
        + (place.Anchor is { } anchor ? WireWriter.TextSize(anchor) : 0);

    private static void Write(ref WireWriter to, Place place)
    {
        to.Begin(4, PlaceSize(place));
        if (place.Start != 0)
        {
            to.Integer(1, place.Start);
        }

        if (place.End != 0)
        {
            to.Integer(2, place.End);
        }

        if (place.Line is { } line)
        {
            to.Integer(3, line);
        }

        if (place.Page is { } page)
        {
            to.Integer(4, page);
        }

        if (place.Row is { } row)
        {
            to.Integer(5, row);
        }

        if (place.Part is { } part)
        {
            to.Text(6, part);
        }

        if (place.Anchor is { } anchor)
        {
            to.Text(7, anchor);
        }
    }

    private static Place ReadPlace(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        var (start, end) = (0L, 0L);
        int? line = null, page = null;
        long? row = null;
        string? part = null, anchor = null;
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: start = reader.Integer(); break;
                case 2: end = reader.Integer(); break;
                case 3: line = (int)reader.Integer(); break;
                case 4: page = (int)reader.Integer(); break;
                case 5: row = reader.Integer(); break;
                case 6: part = reader.Text(); break;
                case 7: anchor = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }

        return new Place(start, end) { Line = line, Page = page, Row = row, Part = part, Anchor = anchor };
    }

    private static void ReadEntry(ReadOnlySpan<byte> from, Dictionary<string, string> metadata)
    {
        var reader = new WireReader(from);
        var (key, value) = ("", "");
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: key = reader.Text(); break;
                case 2: value = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }

        metadata[key] = value;
    }

    private static int RejectionSize(Rejection rejection) =>
        (rejection.Verdict == Verdict.Dead ? 2 : 0)
        + (rejection.Reason.Length > 0 ? WireWriter.TextSize(rejection.Reason) : 0)
        + (rejection.Message.Length > 0 ? WireWriter.TextSize(rejection.Message) : 0);

    private static void Write(ref WireWriter to, Rejection rejection)
    {
        if (rejection.Verdict == Verdict.Dead)
        {
            to.Integer(1, 1);
        }

        if (rejection.Reason.Length > 0)
        {
            to.Text(2, rejection.Reason);
        }

        if (rejection.Message.Length > 0)
        {
            to.Text(3, rejection.Message);
        }
    }

    private static Rejection ReadRejection(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        var (dead, reason, message) = (false, "", "");
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: dead = reader.Integer() != 0; break;
                case 2: reason = reader.Text(); break;
                case 3: message = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }

        return new Rejection(dead ? Verdict.Dead : Verdict.Skipped, reason, message);
    }
}
