using System.Numerics.Tensors;

namespace Sluice.Actors.Sinks;

/// <summary>The score of late interaction (ColBERT: Khattab and Zaharia, 2020): for each vector of the question the best of the document's, summed up.</summary>
internal static class MaxSim
{
    /// <summary>Scores a document.</summary>
    /// <param name="question">Rows of the question.</param>
    /// <param name="document">Rows of the document.</param>
    /// <param name="dimension">Components of a row.</param>
    /// <returns>The sum; 0 where either has no rows.</returns>
    public static double Score(ReadOnlySpan<float> question, ReadOnlySpan<float> document, int dimension)
    {
        double sum = 0;
        for (var q = 0; q < question.Length && !document.IsEmpty; q += dimension)
        {
            var wanted = question.Slice(q, dimension);
            var best = float.NegativeInfinity;
            for (var d = 0; d < document.Length; d += dimension)
            {
                best = Math.Max(best, TensorPrimitives.Dot(wanted, document.Slice(d, dimension)));
            }

            sum += best;
        }

        return sum;
    }

    /// <summary>Brings rows to unit length, where they are to be compared by angle; rows of zeros stay.</summary>
    public static void Normalize(Span<float> rows, int dimension)
    {
        for (var at = 0; at < rows.Length; at += dimension)
        {
            var row = rows.Slice(at, dimension);
            if (TensorPrimitives.Norm<float>(row) is > 0 and var norm)
            {
                TensorPrimitives.Divide(row, norm, row);
            }
        }
    }
}
