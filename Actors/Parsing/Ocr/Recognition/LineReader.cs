using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr.Detection;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>Reads lines with PP-OCRv4's recognition network. Safe for concurrent use.</summary>
internal sealed class LineReader
{
    /// <summary>Height of PaddleOCR's <c>rec_image_shape</c>.</summary>
    private const int Height = 48;

    /// <summary>Width of PaddleOCR's <c>rec_image_shape</c>: shorter lines are padded to it.</summary>
    private const int MinWidth = 320;

    /// <summary>Longest line: some 300 characters.</summary>
    private const int MaxWidth = 4800;

    /// <summary>Widths are rounded up to a multiple of this, so that lines of one width share a batch.</summary>
    private const int Step = 64;

    /// <summary>Most pixels along all lines of a batch: bounds the memory of a run.</summary>
    private const int MaxBatchWidth = 9600;

    private readonly OcrNetwork _network;
    private readonly CharacterTable _characters;

    /// <summary>Makes a reader.</summary>
    /// <param name="network">The network.</param>
    /// <param name="characters">Its characters.</param>
    public LineReader(OcrNetwork network, CharacterTable characters) => (_network, _characters) = (network, characters);

    /// <summary>Reads lines.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="boxes">Where its lines are.</param>
    /// <param name="turned">Whether they are read turned by 180 degrees.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What each of them says, in the order of <paramref name="boxes"/>.</returns>
    /// <exception cref="ModelException">The network does not fit its characters.</exception>
    public RecognizedText[] Read(RasterImage image, IReadOnlyList<TextBox> boxes, bool turned, CancellationToken cancellationToken)
    {
        var used = new int[boxes.Count];
        var order = new int[boxes.Count];
        for (var index = 0; index < order.Length; index++)
        {
            used[index] = Math.Clamp((int)Math.Ceiling(LineSampler.WidthAt(boxes[index], Height)), 1, MaxWidth);
            order[index] = index;
        }

        Array.Sort(order, (one, other) => used[one].CompareTo(used[other]));
        var read = new RecognizedText[boxes.Count];
        var gaps = new List<(int Start, int Length)>[boxes.Count];
        for (var first = 0; first < order.Length;)
        {
            var width = Padded(used[order[first]]);
            var end = first + 1;
            while (end < order.Length && Padded(used[order[end]]) == width && (end - first + 1) * width <= MaxBatchWidth)
            {
                end++;
            }

            ReadBatch(image, boxes, order.AsMemory(first, end - first), used, width, turned, read, gaps, cancellationToken);
            first = end;
        }

        return WordSpacer.Apply(read, gaps, used);
    }

    private static int Padded(int width) => Math.Max(MinWidth, (width + Step - 1) / Step * Step);

    private void ReadBatch(
        RasterImage image,
        IReadOnlyList<TextBox> boxes,
        ReadOnlyMemory<int> batch,
        int[] used,
        int width,
        bool turned,
        RecognizedText[] read,
        List<(int Start, int Length)>[] gaps,
        CancellationToken cancellationToken)
    {
        var plane = 3 * Height * width;
        _network.Run(
            [batch.Length, 3, Height, width],
            input =>
            {
                for (var index = 0; index < batch.Length; index++)
                {
                    var line = batch.Span[index];
                    var planes = input.Slice(index * plane, plane);
                    LineSampler.Cut(image, boxes[line], turned, planes, width, Height, used[line]);
                    gaps[line] = EmptyColumns.Find(planes, width, Height, used[line]);
                }
            },
            (output, shape) =>
            {
                if (shape.Length != 3 || shape[2] != _characters.Count)
                {
                    throw new ModelException(
                        $"the recognition network tells {shape[^1]:N0} characters apart, and there are {_characters.Count:N0} in the list beside it (blank and space included); take both from one package");
                }

                var steps = (int)shape[1];
                for (var index = 0; index < batch.Length; index++)
                {
                    var line = batch.Span[index];
                    var outputs = output.Slice(index * steps * _characters.Count, steps * _characters.Count);
                    read[line] = FullWidth.Narrow(CtcDecoder.Decode(outputs, _characters, (double)steps * used[line] / width));
                }

                return true;
            },
            cancellationToken);
    }
}
