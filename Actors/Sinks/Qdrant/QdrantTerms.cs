using System.Buffers.Text;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>
/// Words as a sparse vector: a term is the 32-bit hash of a folded word, its weight the part of BM25 (Robertson and Zaragoza, 2009; k1 = 1.2, b = 0.75) that depends on
/// the chunk alone; the server multiplies by how rare the term is. Words of titles count three times, of headings twice. Used by one request at a time.
/// </summary>
internal sealed class QdrantTerms
{
    private const float K1 = 1.2f;
    private const float B = 0.75f;

    /// <summary>Words of an average chunk. Fixed, so that a weight never has to be computed again.</summary>
    private const float AverageLength = 128;

    private const int TitleWeight = 3;
    private const int HeadingWeight = 2;

    /// <summary>A weight is a whole number of these: four digits rank as well as nine, and are shorter.</summary>
    private const int Parts = 10_000;

    private const int PartDigits = 4;

    /// <summary>Most bytes of a term or a weight with its comma.</summary>
    private const int MaxNumber = 12;

    private readonly Dictionary<uint, int> _counts = [];
    private byte[] _bytes = [];

    /// <summary>Writes the terms of a chunk with their weights, in no particular order, as a sparse vector.</summary>
    /// <returns>False when it has no words: nothing is written then.</returns>
    public bool Write(Utf8JsonWriter writer, Chunk chunk)
    {
        _counts.Clear();
        var length = Count(chunk.Text, 1);
        Count(chunk.Title, TitleWeight);
        foreach (var heading in chunk.HeadingPath)
        {
            Count(heading, HeadingWeight);
        }

        if (_counts.Count == 0)
        {
            return false;
        }

        var saturation = K1 * (1 - B + (B * length / AverageLength));
        writer.WriteStartObject(QdrantNames.Terms);
        WriteArray(writer, "indices", static (term, _, _, to) =>
        {
            Utf8Formatter.TryFormat(term, to, out var written);
            return written;
        }, saturation);
        WriteArray(writer, "values", static (_, count, saturation, to) => FormatWeight((int)MathF.Round(Parts * (count * (K1 + 1) / (count + saturation))), to), saturation);
        writer.WriteEndObject();
        return true;
    }

    /// <summary>The term of a folded word.</summary>
    public static uint Term(ReadOnlySpan<char> word) => XxHash32.HashToUInt32(MemoryMarshal.AsBytes(word));

    /// <summary>Prints a weight, given in its parts.</summary>
    private static int FormatWeight(int parts, Span<byte> to)
    {
        Utf8Formatter.TryFormat(parts / Parts, to, out var at);
        to[at++] = (byte)'.';
        parts %= Parts;
        for (var i = PartDigits - 1; i >= 0; i--)
        {
            to[at + i] = (byte)('0' + (parts % 10));
            parts /= 10;
        }

        return at + PartDigits;
    }

    /// <summary>Writes a number for each term, all at once: one by one takes several times as long.</summary>
    private void WriteArray(Utf8JsonWriter writer, string name, Formatter format, float saturation)
    {
        if (_bytes.Length < (_counts.Count * MaxNumber) + 2)
        {
            _bytes = new byte[(_counts.Count * MaxNumber * 2) + 2];
        }

        var at = 0;
        foreach (var (term, count) in _counts)
        {
            _bytes[at] = (byte)(at == 0 ? '[' : ',');
            at += 1 + format(term, count, saturation, _bytes.AsSpan(at + 1));
        }

        _bytes[at++] = (byte)']';
        writer.WritePropertyName(name);
        writer.WriteRawValue(_bytes.AsSpan(0, at), skipInputValidation: true);
    }

    private int Count(string? text, int weight)
    {
        var words = 0;
        if (!string.IsNullOrEmpty(text))
        {
            var folded = FoldedWords.Fold(text).AsSpan();
            foreach (var range in folded.Split(' '))
            {
                if (folded[range] is { Length: > 0 } word)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(_counts, Term(word), out _) += weight;
                    words++;
                }
            }
        }

        return words;
    }

    private delegate int Formatter(uint term, int count, float saturation, Span<byte> to);
}
