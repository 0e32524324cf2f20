using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// Sections of one document on their way through the pipe. What a section shares with the one before it (headings, a table's header, metadata) travels once, and is shared
/// again on the other side. One for each side and document.
/// </summary>
internal sealed class SectionCodec
{
    private const byte Continues = 1;
    private const byte SamePath = 2;
    private const byte SameHeader = 4;
    private const byte SameMetadata = 8;
    private const byte HasImage = 16;

    private IReadOnlyList<string> _path = [];
    private string? _header;
    private IReadOnlyDictionary<string, string>? _metadata;

    /// <summary>Writes a section as a frame.</summary>
    public void Write(PayloadWriter to, Section section)
    {
        var samePath = ReferenceEquals(section.HeadingPath, _path) || section.HeadingPath.SequenceEqual(_path, StringComparer.Ordinal);
        var sameHeader = string.Equals(section.TableHeader, _header, StringComparison.Ordinal);
        var sameMetadata = ReferenceEquals(section.Metadata, _metadata);
        to.Begin(FrameKind.Section)
            .Add((byte)section.Kind)
            .Add((byte)((section.Continues ? Continues : 0) | (samePath ? SamePath : 0) | (sameHeader ? SameHeader : 0) | (sameMetadata ? SameMetadata : 0) | (section.Image is null ? 0 : HasImage)))
            .Add(section.Text);
        Write(to, section.Place);
        if (!samePath)
        {
            to.Add(section.HeadingPath.Count);
            foreach (var heading in section.HeadingPath)
            {
                to.Add(heading);
            }
        }

        if (!sameHeader)
        {
            to.Add(section.TableHeader);
        }

        if (!sameMetadata)
        {
            Write(to, section.Metadata);
        }

        if (section.Image is { } image)
        {
            to.Add(image.Width).Add(image.Height).Add(image.Positions).Add(image.Pixels.Span);
        }

        to.End();
        (_path, _header, _metadata) = (section.HeadingPath, section.TableHeader, section.Metadata);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public Section Read(ReadOnlySpan<byte> payload)
    {
        var from = new PayloadReader(payload);
        var kind = (SectionKind)from.Byte();
        var flags = from.Byte();
        var text = from.Text();
        var place = ReadPlace(ref from);
        if ((flags & SamePath) == 0)
        {
            _path = ReadPath(ref from);
        }

        if ((flags & SameHeader) == 0)
        {
            _header = from.NullableText();
        }

        if ((flags & SameMetadata) == 0)
        {
            _metadata = ReadMetadata(ref from);
        }

        if (!Enum.IsDefined(kind) || text.Length > Section.MaxLength)
        {
            throw new InvalidDataException("a section that came through the pipe is none");
        }

        return new(kind, text, place)
        {
            Continues = (flags & Continues) != 0,
            HeadingPath = _path,
            TableHeader = _header,
            Metadata = _metadata,
            Image = (flags & HasImage) != 0 ? ReadImage(ref from) : null,
        };
    }

    private static void Write(PayloadWriter to, Place place) => to
        .Add(place.Start).Add(place.End).Add(place.Line ?? int.MinValue).Add(place.Page ?? int.MinValue).Add(place.Row ?? long.MinValue).Add(place.Part).Add(place.Anchor);

    private static Place ReadPlace(ref PayloadReader from) => new(from.Int64(), from.Int64())
    {
        Line = from.Int32() is not int.MinValue and var line ? line : null,
        Page = from.Int32() is not int.MinValue and var page ? page : null,
        Row = from.Int64() is not long.MinValue and var row ? row : null,
        Part = from.NullableText(),
        Anchor = from.NullableText(),
    };

    private static string[] ReadPath(ref PayloadReader from)
    {
        var path = new string[from.Count(sizeof(int))];
        for (var at = 0; at < path.Length; at++)
        {
            path[at] = from.Text();
        }

        return path;
    }

    private static void Write(PayloadWriter to, IReadOnlyDictionary<string, string>? metadata)
    {
        to.Add(metadata?.Count ?? -1);
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            to.Add(key).Add(value);
        }
    }

    private static Dictionary<string, string>? ReadMetadata(ref PayloadReader from)
    {
        var peek = from;
        if (peek.Int32() == -1)
        {
            from = peek;
            return null;
        }

        var count = from.Count(2 * sizeof(int));
        var metadata = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var at = 0; at < count; at++)
        {
            metadata[from.Text()] = from.Text();
        }

        return metadata;
    }

    private static PreparedImage ReadImage(ref PayloadReader from)
    {
        var (width, height, positions) = (from.Int32(), from.Int32(), from.Int32());
        if (width < 1 || height < 1 || positions < 1 || from.Rest.Length != 3L * width * height)
        {
            throw new InvalidDataException("an image that came through the pipe is none");
        }

        return new(width, height, from.Take(from.Rest.Length).ToArray(), positions);
    }
}
