namespace Sluice.Actors.Parsing.Pdf;

/// <summary>What is kept of a page: its lines in reading order.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Height">Its height in points.</param>
/// <param name="Lines">Its lines in reading order.</param>
internal sealed record PdfPageLayout(int Number, double Height, List<PdfLine> Lines)
{
    private List<MarginLine>? _margins;

    /// <summary>The lines near its upper and lower edge, where running titles and page numbers stand; outermost first.</summary>
    public List<MarginLine> Margins => _margins ??= MarginLine.Find(this);
}
