using System.Text;
using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>
/// The limits of Chroma Cloud on a record: texts are refused, titles, headings and metadata are cut, and what is cut is counted. Chroma's own server has none of them.
/// </summary>
/// <param name="cut">Counts what is cut.</param>
internal sealed class ChromaCloudLimits(TruncationLog cut)
{
    /// <summary>Most bytes of a text.</summary>
    public const int MaxTextBytes = 16_384;

    /// <summary>Most bytes of a metadata value.</summary>
    public const int MaxValueBytes = 4_096;

    /// <summary>Most bytes of a metadata key.</summary>
    public const int MaxKeyBytes = 36;

    /// <summary>Most keys of metadata of a record.</summary>
    public const int MaxKeys = 32;

    /// <summary>Keys that Sluice itself may need.</summary>
    private const int OwnKeys = 12;

    /// <summary>Why a record cannot be stored; null when it can.</summary>
    public static Rejection? Refuse(VectorRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Encoding.UTF8.GetByteCount(record.Chunk.Text) > MaxTextBytes
            ? Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: Chroma Cloud takes texts of at most {MaxTextBytes} bytes. Make chunks smaller (sluice.chunking), or use a server of your own.")
            : Encoding.UTF8.GetByteCount(record.Uri) > MaxValueBytes
                ? Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: Chroma Cloud takes no value above {MaxValueBytes} bytes, and its document's URI is longer.")
                : null;
    }

    /// <summary>The record as it can be stored; itself where nothing is too long.</summary>
    public VectorRecord Fit(VectorRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var chunk = record.Chunk;
        if (chunk.Title is { } title && Cut(title, "titles above 4,096 bytes", record) is var shortTitle && !ReferenceEquals(shortTitle, title))
        {
            chunk = chunk with { Title = shortTitle };
        }

        var headings = chunk.HeadingPath;
        while (headings.Count > 0 && Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(headings)) > MaxValueBytes)
        {
            headings = [.. headings.Skip(1)]; // The innermost says most of the place.
        }

        if (headings.Count < chunk.HeadingPath.Count)
        {
            cut.Add("headings above 4,096 bytes", record);
            chunk = chunk with { HeadingPath = headings };
        }

        if (chunk.Metadata is { } metadata && Fit(metadata, record) is var fitting && !ReferenceEquals(fitting, metadata))
        {
            chunk = chunk with { Metadata = fitting };
        }

        return ReferenceEquals(chunk, record.Chunk) ? record : record with { Chunk = chunk };
    }

    private IReadOnlyDictionary<string, string> Fit(IReadOnlyDictionary<string, string> metadata, VectorRecord record)
    {
        var fitting = new Dictionary<string, string>(StringComparer.Ordinal);
        var changed = false;
        foreach (var (key, value) in metadata)
        {
            if (Encoding.UTF8.GetByteCount(key) > MaxKeyBytes - ChromaFields.MetadataPrefix.Length)
            {
                cut.Add("metadata with keys above 31 bytes", record);
                changed = true;
            }
            else if (fitting.Count == MaxKeys - OwnKeys)
            {
                cut.Add("metadata beyond 20 keys a record", record);
                changed = true;
            }
            else
            {
                fitting[key] = Cut(value, "metadata values above 4,096 bytes", record);
                changed |= !ReferenceEquals(fitting[key], value);
            }
        }

        return changed ? fitting : metadata;
    }

    private string Cut(string value, string what, VectorRecord record)
    {
        if (Encoding.UTF8.GetByteCount(value) <= MaxValueBytes)
        {
            return value;
        }

        cut.Add(what, record);
        var (bytes, length) = (0, 0);
        foreach (var rune in value.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > MaxValueBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return value[..length];
    }
}
