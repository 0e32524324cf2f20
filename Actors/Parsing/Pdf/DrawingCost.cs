namespace Sluice.Actors.Parsing.Pdf;

/// <summary>What it takes to draw content, with all that it draws within itself, as often as it draws it. Counts stop growing at what no page may have.</summary>
/// <param name="Forms">Forms drawn.</param>
/// <param name="Bytes">Bytes of content read for it, decompressed.</param>
/// <param name="Letters">Bytes of text shown: as many letters, or half as many with fonts of two bytes.</param>
internal readonly record struct DrawingCost(long Forms, long Bytes, long Letters)
{
    /// <summary>Most forms that a page may draw, one within the other.</summary>
    public const long MaxForms = 50_000;

    /// <summary>Most bytes of content that a page may take: PdfPig keeps every path and every letter of a page until it is read.</summary>
    public const long MaxBytes = 32L << 20;

    /// <summary>Most bytes of text on a page. The tallest page there can be, filled with small print, has fewer.</summary>
    public const long MaxLetters = 1_000_000;

    private const long Ceiling = 1L << 40;

    /// <summary>More than any page may take.</summary>
    public static DrawingCost Endless => new(Ceiling, 0, 0);

    /// <summary>Both together.</summary>
    public static DrawingCost operator +(DrawingCost left, DrawingCost right) => new(
        Math.Min(left.Forms + right.Forms, Ceiling),
        Math.Min(left.Bytes + right.Bytes, Ceiling),
        Math.Min(left.Letters + right.Letters, Ceiling));

    /// <summary>What is over its limit, in words for a message; null while nothing is.</summary>
    public string? Excess() => this switch
    {
        { Forms: > MaxForms } => $"draws more than {MaxForms:N0} forms within each other",
        { Bytes: > MaxBytes } => $"takes more than {MaxBytes:N0} bytes of content to draw",
        { Letters: > MaxLetters } => $"shows more than {MaxLetters:N0} letters",
        _ => null,
    };
}
