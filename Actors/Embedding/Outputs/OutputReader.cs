using System.Numerics.Tensors;

namespace Sluice.Actors.Embedding.Outputs;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>Makes the embedding of a text from the network's output. Keeps buffers: not safe for concurrent use.</summary>
internal abstract class OutputReader
{
    /// <summary>How far from 1 the length of a vector may be that a network has normalized itself, in 16-bit floats at worst.</summary>
    private const float UnitTolerance = 2e-3f;

    /// <summary>Whether the network gives one vector a token; otherwise one a text.</summary>
    public required bool PerToken { get; init; }

    /// <summary>Components of a vector of the network.</summary>
    public required int Width { get; init; }

    /// <summary>Makes an embedding.</summary>
    /// <param name="row">The text's part of the output: <see cref="Width"/> components, or as many for each of its tokens, padding left out.</param>
    /// <param name="ids">Its tokens; at least one vector is in <paramref name="row"/> even where there are none.</param>
    /// <param name="isQuery">Whether it is a query, where that makes a difference.</param>
    public abstract Embedding Read(ReadOnlySpan<float> row, ReadOnlySpan<int> ids, bool isQuery);

    /// <summary>Whether a vector is of unit length already: some networks normalize themselves.</summary>
    internal static bool IsUnit(ReadOnlySpan<float> vector) => Math.Abs(TensorPrimitives.Norm(vector) - 1) < UnitTolerance;

    /// <summary>Brings a vector to unit length; one of zeros stays.</summary>
    internal static void Normalize(Span<float> vector) => TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), 1e-12f), vector);
}
