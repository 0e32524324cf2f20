namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>
/// Makes the full-width forms of ASCII (U+FF01 to U+FF5E) plain in lines without Chinese, Japanese or Korean characters: the network, which was trained on Chinese above
/// all, reads a bracket in English text as either.
/// </summary>
internal static class FullWidth
{
    private const char First = '\uff01';
    private const char Last = '\uff5e';
    private const int Shift = 0xfee0;

    /// <summary>Narrows a line.</summary>
    public static RecognizedText Narrow(RecognizedText line)
    {
        var wide = false;
        foreach (var (character, _) in line.Characters)
        {
            if (character.Length > 0 && character[0] is (>= '\u2e80' and <= '\u9fff') or (>= '\uac00' and <= '\ud7a3'))
            {
                return line;
            }

            wide |= IsWide(character);
        }

        return wide
            ? line with { Characters = [.. line.Characters.Select(static pair => IsWide(pair.Character) ? (((char)(pair.Character[0] - Shift)).ToString(), pair.At) : pair)] }
            : line;
    }

    private static bool IsWide(string character) => character.Length == 1 && character[0] is >= First and <= Last;
}
