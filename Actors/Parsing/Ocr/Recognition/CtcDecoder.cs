using System.Numerics.Tensors;

namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>
/// Reads the output of a network trained with connectionist temporal classification (Graves et al., 2006) by best path: the most probable output of each step, repeats
/// taken as one, blanks left out. The confidence is the mean probability of what is kept, as in PaddleOCR's <c>CTCLabelDecode</c>.
/// </summary>
internal static class CtcDecoder
{
    private const int Blank = 0;

    /// <summary>Reads a line.</summary>
    /// <param name="steps">Probabilities of each step, one after the other.</param>
    /// <param name="characters">What the outputs stand for.</param>
    /// <param name="used">How many of the steps, a fraction included, the line takes; what follows is padding.</param>
    public static RecognizedText Decode(ReadOnlySpan<float> steps, CharacterTable characters, double used)
    {
        var read = new List<(string, float)>();
        var sum = 0f;
        var last = Blank;
        for (var step = 0; step < steps.Length / characters.Count; step++)
        {
            var outputs = steps.Slice(step * characters.Count, characters.Count);
            var best = TensorPrimitives.IndexOfMax(outputs);
            if (best != Blank && best != last)
            {
                read.Add((characters[best], (float)Math.Min(1, (step + 0.5) / used)));
                sum += outputs[best];
            }

            last = best;
        }

        return new(read, read.Count == 0 ? 0 : sum / read.Count);
    }
}
