namespace Sluice.Actors.Parsing.Visual;

/// <summary>
/// The weights of the pixels that make each pixel of a range of the result, along one axis: integers with <see cref="Bits"/> bits behind the point, as Pillow's
/// <c>Resample.c</c> has them. On reduction the filter is stretched by the ratio, so that every pixel of the source counts.
/// </summary>
internal sealed class ResampleWeights
{
    /// <summary>Bits behind the point: 32, less 8 of a pixel and 2 against overflow where weights are negative.</summary>
    public const int Bits = 22;

    private readonly long[] _starts;
    private readonly int[][] _weights;

    /// <summary>Computes them.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="source">Pixels there are.</param>
    /// <param name="result">Pixels there would be.</param>
    /// <param name="first">First pixel of the result that is wanted.</param>
    /// <param name="count">How many are wanted, from 1.</param>
    public ResampleWeights(ImageFilter filter, int source, long result, long first, int count)
    {
        _starts = new long[count];
        _weights = new int[count][];
        var scale = source / (double)result;
        var stretch = Math.Max(1, scale);
        var support = Support(filter) * stretch;
        for (var index = 0; index < count; index++)
        {
            var center = (first + index + 0.5) * scale;
            var start = Math.Max(0, (long)(center - support + 0.5));
            var end = Math.Min(source, (long)(center + support + 0.5));
            _starts[index] = start;
            _weights[index] = Weigh(filter, center, start, (int)(end - start), 1 / stretch);
        }

        From = (int)_starts[0];
        To = (int)_starts[^1] + _weights[^1].Length;
    }

    /// <summary>First pixel of the source that counts.</summary>
    public int From { get; }

    /// <summary>One past the last.</summary>
    public int To { get; }

    /// <summary>First pixel of the source that counts for the pixel at <paramref name="index"/> of the range.</summary>
    public int Start(int index) => (int)_starts[index];

    /// <summary>The weights from there on.</summary>
    public ReadOnlySpan<int> this[int index] => _weights[index];

    private static int[] Weigh(ImageFilter filter, double center, long start, int count, double shrink)
    {
        var exact = new double[count];
        var sum = 0.0;
        for (var at = 0; at < count; at++)
        {
            exact[at] = Value(filter, (at + start - center + 0.5) * shrink);
            sum += exact[at];
        }

        var weights = new int[count];
        for (var at = 0; at < count; at++)
        {
            var weight = (sum != 0 ? exact[at] / sum : exact[at]) * (1 << Bits);
            weights[at] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
        }

        return weights;
    }

    private static double Support(ImageFilter filter) => filter switch
    {
        ImageFilter.Lanczos => 3,
        ImageFilter.Bicubic => 2,
        ImageFilter.Box => 0.5,
        _ => 1,
    };

    private static double Value(ImageFilter filter, double x) => filter switch
    {
        ImageFilter.Lanczos => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0,
        ImageFilter.Bicubic => Cubic(Math.Abs(x)),
        ImageFilter.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
        ImageFilter.Hamming => Math.Abs(x) >= 1 ? 0 : Sinc(x) * (0.54 + (0.46 * Math.Cos(Math.PI * x))),
        _ => Math.Max(0, 1 - Math.Abs(x)),
    };

    private static double Cubic(double x)
    {
        const double a = -0.5;
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1 : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * a : 0;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
}
