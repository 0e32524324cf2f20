using Sluice.Actors.Parsing.Ocr.Detection;
using Sluice.Actors.Parsing.Ocr.Recognition;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>A line that was read.</summary>
/// <param name="Box">Where it is on the upright page.</param>
/// <param name="Read">What it says.</param>
internal readonly record struct RecognizedLine(TextBox Box, RecognizedText Read);

/// <summary>A page that was read.</summary>
/// <param name="Width">Its width in pixels, upright.</param>
/// <param name="Height">Its height in pixels, upright.</param>
/// <param name="Lines">Its lines, in no particular order.</param>
internal sealed record RecognizedPage(int Width, int Height, IReadOnlyList<RecognizedLine> Lines);
