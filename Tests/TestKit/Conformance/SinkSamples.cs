using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.TestKit.Conformance;

/// <summary>Records to fill sinks with: random vectors from a seed, so that a test sees the same ones every time.</summary>
public static class SinkSamples
{
    public const int Dimension = 16;

    public static EmbeddingModelInfo Model(int dimension = Dimension, Distance distance = Distance.Cosine, string fingerprint = "fp-1", EmbeddingKind kind = EmbeddingKind.Dense) =>
        new("sample-model", fingerprint, kind, dimension, 128, distance);

    public static VectorRecord Record(string uri, string text, ReadOnlyMemory<float> vector, Func<Chunk, Chunk>? change = null, int occurrence = 0)
    {
        var document = DocumentId.FromUri(uri);
        var chunk = new Chunk(ChunkId.Create(document, text, occurrence), text, new[] { 1, 2, 3 }, new Place(0, text.Length));
        return new VectorRecord(document, uri, change is null ? chunk : change(chunk), new DenseEmbedding(vector));
    }

    public static VectorRecord Record(string uri, string text, int seed, Func<Chunk, Chunk>? change = null) => Record(uri, text, Vector(seed), change);

    public static List<VectorRecord> Records(string uri, int count, int seed = 1) =>
        [.. Enumerable.Range(0, count).Select(i => Record(uri, $"{uri} piece number {i}", seed + i))];

    public static float[] Vector(int seed, int dimension = Dimension)
    {
#pragma warning disable CA5394 // A test needs the same vectors again, not secret ones.
        var random = new Random(seed * 7919);
        return [.. Enumerable.Range(0, dimension).Select(_ => (float)(random.NextDouble() - 0.5))];
#pragma warning restore CA5394
    }

    /// <summary>A record of several vectors.</summary>
    public static VectorRecord MultiVectorRecord(string uri, string text, int rows, int seed) => Record(uri, text, seed) with { Embedding = MultiVector(rows, seed) };

    public static MultiVectorEmbedding MultiVector(int rows, int seed) =>
        new(Enumerable.Range(0, rows).SelectMany(row => Vector((seed * 100) + row)).ToArray(), rows, Dimension);

    /// <summary>A record of weighted terms: the terms that are set in the bits of <paramref name="terms"/>.</summary>
    public static VectorRecord SparseRecord(string uri, string text, int terms, int seed) => Record(uri, text, seed) with { Embedding = Sparse(terms, seed) };

    public static SparseEmbedding Sparse(int terms, int seed)
    {
        int[] indices = [.. Enumerable.Range(0, Dimension).Where(term => (terms >> term & 1) != 0)];
        var weights = Vector(seed);
        return new SparseEmbedding(indices, indices.Select(term => MathF.Abs(weights[term]) + 0.1f).ToArray());
    }

    /// <summary>Sum over the question's vectors of the best cosine among the answer's.</summary>
    public static double MaxSim(MultiVectorEmbedding question, MultiVectorEmbedding answer)
    {
        double sum = 0;
        for (var q = 0; q < question.Rows; q++)
        {
            var best = double.NegativeInfinity;
            for (var a = 0; a < answer.Rows; a++)
            {
                best = Math.Max(best, Cosine(question.Values.Span.Slice(q * Dimension, Dimension), answer.Values.Span.Slice(a * Dimension, Dimension)));
            }

            sum += best;
        }

        return sum;
    }

    public static double Dot(SparseEmbedding question, SparseEmbedding answer)
    {
        double sum = 0;
        for (var q = 0; q < question.Indices.Length; q++)
        {
            var at = answer.Indices.Span.IndexOf(question.Indices.Span[q]);
            sum += at < 0 ? 0 : question.Values.Span[q] * (double)answer.Values.Span[at];
        }

        return sum;
    }

    public static double Cosine(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        double dot = 0, first = 0, second = 0;
        for (var i = 0; i < one.Length; i++)
        {
            dot += one[i] * (double)other[i];
            first += one[i] * (double)one[i];
            second += other[i] * (double)other[i];
        }

        return dot / Math.Sqrt(first * second);
    }

    public static ReadOnlySpan<float> Values(this VectorRecord record) => ((DenseEmbedding)record.Embedding).Values.Span;
}
