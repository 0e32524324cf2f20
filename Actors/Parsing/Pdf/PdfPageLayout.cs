namespace Sluice.Actors.Parsing.Pdf;

/// <summary>What is kept of a page: its lines in reading order.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Height">Its height in points.</param>
/// <param name="Lines">Its lines in reading order.</param>
internal sealed record PdfPageLayout(int Number, double Height, List<PdfLine> Lines)
{
    private List<MarginLine>? _margins;

    /// <summary>Its width in points.</summary>
    public double Width { get; init; }

    /// <summary>Whether it is a picture, as a scanner makes them: without text, or with no more than a stamp or a number on a picture that covers most of it.</summary>
    public bool IsPicture { get; init; }

    /// <summary>Mean confidence, 0 to 1, with which its text was recognised in a picture; null where the PDF has the text itself.</summary>
    public double? Recognized { get; init; }

    /// <summary>The lines near its upper and lower edge, where running titles and page numbers stand; outermost first.</summary>
    public List<MarginLine> Margins => _margins ??= MarginLine.Find(this);
}
