namespace Sluice.Actors.Parsing.Pdf;

/// <summary>A word on a page, in the coordinates of its own direction: along it to the right, up from it upwards. Points of 1/72 inch.</summary>
/// <param name="Text">Its characters in logical order.</param>
/// <param name="Left">Where it begins.</param>
/// <param name="Right">Where it ends.</param>
/// <param name="Baseline">Height of its baseline.</param>
/// <param name="Size">Size of its font.</param>
/// <param name="IsBold">Whether its font is bold.</param>
/// <param name="IsMono">Whether its font is one for code, all characters as wide.</param>
internal sealed record PdfWord(string Text, double Left, double Right, double Baseline, double Size, bool IsBold, bool IsMono);
