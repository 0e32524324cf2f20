using System.Numerics.Tensors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// One vector for the many of a text, so that the product of a question's and a document's is near their MaxSim: rows are sorted into cells by the side of random planes
/// on which they lie; a document has the mean of each cell's rows (an empty one the row that is nearest to it), a question their sum; several such divisions, each of
/// projected rows, stand one behind the other (MUVERA: Dhulipala, Hadian, Jayaram, Lee and Mirrokni, 2024). The planes are the same always and everywhere.
/// </summary>
/// <remarks>
/// A document has one more component, which brings all to one length: the nearest by Euclidean distance is then the one with the largest product. Immutable, safe for
/// concurrent use.
/// </remarks>
internal sealed class FixedDimensionalEncoding
{
    private const int Divisions = 4;
    private const int Planes = 4;
    private const int Cells = 1 << Planes;
    private const int MostProjected = 16;

    /// <summary>Length that all documents are brought to; rows of unit length, projected, stay far below.</summary>
    private const float Radius = 2 * Divisions * Cells;

    private readonly int _dimension;
    private readonly int _projected;
    private readonly float[] _planes;
    private readonly float[] _projections;

    /// <summary>Prepares it for rows of so many components.</summary>
    public FixedDimensionalEncoding(int dimension)
    {
        _dimension = dimension;
        _projected = Math.Min(MostProjected, dimension);
        var random = new Sequence();
        _planes = random.Normal(Divisions * Planes * dimension, 1);
        _projections = dimension <= MostProjected ? Identity(dimension) : random.Normal(Divisions * _projected * dimension, 1 / MathF.Sqrt(_projected));
    }

    /// <summary>Components of an encoding.</summary>
    public int Length => (Divisions * Cells * _projected) + 1;

    /// <summary>Encodes a document.</summary>
    /// <param name="rows">Its vectors.</param>
    /// <param name="encoding">The result.</param>
    public void EncodeDocument(ReadOnlySpan<float> rows, Span<float> encoding)
    {
        encoding.Clear();
        var count = rows.Length / _dimension;
        var cells = new int[count];
        Span<int> members = stackalloc int[Cells];
        for (var division = 0; division < Divisions; division++)
        {
            members.Clear();
            for (var row = 0; row < count; row++)
            {
                cells[row] = Cell(rows.Slice(row * _dimension, _dimension), division);
                members[cells[row]]++;
                Project(rows.Slice(row * _dimension, _dimension), division, Of(encoding, division, cells[row]));
            }

            for (var cell = 0; cell < Cells; cell++)
            {
                var part = Of(encoding, division, cell);
                if (members[cell] > 0)
                {
                    TensorPrimitives.Divide(part, members[cell], part);
                }
                else if (count > 0)
                {
                    Project(rows.Slice(Nearest(cells, cell) * _dimension, _dimension), division, part);
                }
            }
        }

        encoding[^1] = MathF.Sqrt(Math.Max(0, Radius - TensorPrimitives.SumOfSquares<float>(encoding[..^1])));
    }

    /// <summary>Encodes a question.</summary>
    /// <param name="rows">Its vectors.</param>
    /// <param name="encoding">The result.</param>
    public void EncodeQuestion(ReadOnlySpan<float> rows, Span<float> encoding)
    {
        encoding.Clear();
        for (var division = 0; division < Divisions; division++)
        {
            for (var at = 0; at < rows.Length; at += _dimension)
            {
                var row = rows.Slice(at, _dimension);
                Project(row, division, Of(encoding, division, Cell(row, division)));
            }
        }
    }

    private static int Nearest(int[] cells, int cell)
    {
        var best = 0;
        for (var row = 1; row < cells.Length; row++)
        {
            if (int.PopCount(cells[row] ^ cell) < int.PopCount(cells[best] ^ cell))
            {
                best = row;
            }
        }

        return best;
    }

    private static float[] Identity(int dimension)
    {
        var values = new float[Divisions * dimension * dimension];
        for (var row = 0; row < Divisions * dimension; row++)
        {
            values[(row * dimension) + (row % dimension)] = 1;
        }

        return values;
    }

    private Span<float> Of(Span<float> encoding, int division, int cell) => encoding.Slice(((division * Cells) + cell) * _projected, _projected);

    private int Cell(ReadOnlySpan<float> row, int division)
    {
        var cell = 0;
        for (var plane = 0; plane < Planes; plane++)
        {
            cell |= TensorPrimitives.Dot(row, _planes.AsSpan(((division * Planes) + plane) * _dimension, _dimension)) > 0 ? 1 << plane : 0;
        }

        return cell;
    }

    /// <summary>Adds the projection of a row.</summary>
    private void Project(ReadOnlySpan<float> row, int division, Span<float> part)
    {
        for (var i = 0; i < _projected; i++)
        {
            part[i] += TensorPrimitives.Dot(row, _projections.AsSpan(((division * _projected) + i) * _dimension, _dimension));
        }
    }

    /// <summary>Numbers that are the same on every machine (SplitMix64: Steele, Lea and Flood, 2014; normal by Box and Muller).</summary>
    private sealed class Sequence
    {
        private ulong _state = 0x536C75696365;

        public float[] Normal(int count, float deviation)
        {
            var values = new float[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next()));
            }

            return values;
        }

        private double Next()
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return ((mixed ^ (mixed >> 31)) >> 11) / (double)(1UL << 53);
        }
    }
}
