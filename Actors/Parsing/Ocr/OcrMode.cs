namespace Sluice.Actors.Parsing.Ocr;

/// <summary>When text in pictures is recognised.</summary>
public enum OcrMode
{
    /// <summary>On pages of PDFs that are pictures: those without text, or with nothing but a stamp or a number on a picture. Image files are skipped.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,

    /// <summary>On every page of every PDF, whatever text it has, and in image files.</summary>
    Always,
}
