using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Sluice.Streams.Chunks;

/// <summary>A hash of what is stored beside a chunk's text: when only this differs, the chunk is updated in the sink without being embedded again.</summary>
public static class PlaceHash
{
    /// <summary>Hashes place, headings, title and metadata.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <returns>The hash; the same on every machine.</returns>
    public static long Of(Chunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var hash = new XxHash3();
        var place = chunk.Place;
        Append(hash, place.Start);
        Append(hash, place.End);
        Append(hash, place.Line ?? -1);
        Append(hash, place.Page ?? -1);
        Append(hash, place.Row ?? -1);
        Append(hash, place.Part);
        Append(hash, place.Anchor);
        Append(hash, chunk.Title);
        foreach (var heading in chunk.HeadingPath)
        {
            Append(hash, heading);
        }

        if (chunk.Metadata is { Count: > 0 } metadata)
        {
            var keys = new List<string>(metadata.Keys);
            keys.Sort(StringComparer.Ordinal);
            foreach (var key in keys)
            {
                Append(hash, key);
                Append(hash, metadata[key]);
            }
        }

        return unchecked((long)hash.GetCurrentHashAsUInt64());
    }

    private static void Append(XxHash3 hash, long value) => hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    private static void Append(XxHash3 hash, string? value)
    {
        Append(hash, value is null ? -1L : value.Length);
        hash.Append(MemoryMarshal.AsBytes(value.AsSpan()));
    }
}
