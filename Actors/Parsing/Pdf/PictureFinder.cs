using UglyToad.PdfPig.Content;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Tells pages that are pictures of text from pages that have text, and from empty ones.</summary>
internal static class PictureFinder
{
    /// <summary>Letters and digits that a stamp of a scanner or a page number has at most.</summary>
    private const int StampLetters = 40;

    /// <summary>Share of a page that the picture below a stamp covers at least.</summary>
    private const double Covered = 0.5;

    /// <summary>Whether a page shows something and has no text, or has next to none beside a picture that covers most of it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="lines">Its text.</param>
    public static bool IsPicture(Page page, List<PdfLine> lines)
    {
        var letters = 0;
        foreach (var line in lines)
        {
            letters += line.Letters;
        }

        if (letters == 0)
        {
            return page.NumberOfImages > 0 || page.Paths.Count > 0;
        }

        if (letters > StampLetters || page.NumberOfImages == 0)
        {
            return false;
        }

        var most = Covered * page.Width * page.Height;
        foreach (var image in page.GetImages())
        {
            if (Math.Abs(image.BoundingBox.Width * image.BoundingBox.Height) >= most)
            {
                return true;
            }
        }

        return false;
    }
}
