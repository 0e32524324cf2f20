using System.Text;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Words side by side, within one column.</summary>
internal sealed class PdfLine
{
    private string? _text;

    /// <summary>Makes a line.</summary>
    /// <param name="words">Its words, left to right; at least one.</param>
    /// <param name="block">Number of the block (column piece) it is in, in reading order.</param>
    public PdfLine(List<PdfWord> words, int block)
    {
        Words = words;
        Block = block;
        Left = words[0].Left;
        var letters = 0;
        var bold = 0;
        var mono = 0;
        var size = 0.0;
        foreach (var word in words)
        {
            Right = Math.Max(Right, word.Right);
            letters += word.Text.Length;
            bold += word.IsBold ? word.Text.Length : 0;
            mono += word.IsMono ? word.Text.Length : 0;
            size = Math.Max(size, word.Size);
        }

        Size = size;
        Letters = letters;
        IsBold = bold >= 0.9 * letters;
        IsMono = mono >= 0.9 * letters;
        Baseline = words.Find(word => word.Size >= 0.9 * size)!.Baseline;
    }

    /// <summary>Words, left to right.</summary>
    public List<PdfWord> Words { get; }

    /// <summary>Number of its block.</summary>
    public int Block { get; }

    /// <summary>Where it begins.</summary>
    public double Left { get; }

    /// <summary>Where it ends.</summary>
    public double Right { get; }

    /// <summary>Height of its baseline on the page.</summary>
    public double Baseline { get; }

    /// <summary>Size of its largest font.</summary>
    public double Size { get; }

    /// <summary>Number of characters.</summary>
    public int Letters { get; }

    /// <summary>Whether nearly all of it is bold.</summary>
    public bool IsBold { get; }

    /// <summary>Whether nearly all of it is in a font for code.</summary>
    public bool IsMono { get; }

    /// <summary>Its words with single spaces, in logical order.</summary>
    public string Text => _text ??= RightToLeft.Join(Words);

    /// <summary>Its words with as many spaces as the gaps are wide, from <paramref name="left"/>: for code.</summary>
    public string Spaced(double left)
    {
        var text = new StringBuilder();
        var at = left;
        foreach (var word in Words)
        {
            var character = Math.Max(0.1, (word.Right - word.Left) / Math.Max(1, word.Text.Length));
            var spaces = (int)Math.Clamp(Math.Round((word.Left - at) / character), text.Length == 0 ? 0 : 1, 80);
            text.Append(' ', spaces).Append(word.Text);
            at = word.Right;
        }

        return text.ToString();
    }
}
