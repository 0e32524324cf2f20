using System.IO.Hashing;
using System.Runtime.InteropServices;
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

    private readonly Dictionary<uint, int> _counts = [];
    private readonly List<KeyValuePair<uint, float>> _weights = [];

    /// <summary>The terms of a chunk with their weights, in no particular order; reused by the next call.</summary>
    public List<KeyValuePair<uint, float>> Weigh(Chunk chunk)
    {
        _counts.Clear();
        _weights.Clear();
        var length = Count(chunk.Text, 1);
        Count(chunk.Title, TitleWeight);
        foreach (var heading in chunk.HeadingPath)
        {
            Count(heading, HeadingWeight);
        }

        var saturation = K1 * (1 - B + (B * length / AverageLength));
        foreach (var (term, count) in _counts)
        {
            // Four digits rank as well as nine, and are shorter.
            _weights.Add(new(term, MathF.Round(count * (K1 + 1) / (count + saturation), 4)));
        }

        return _weights;
    }

    /// <summary>The term of a folded word.</summary>
    public static uint Term(ReadOnlySpan<char> word) => XxHash32.HashToUInt32(MemoryMarshal.AsBytes(word));

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
}
