using System.Text;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Makes the characters of PDF fonts the ones a person would type: ligatures and presentation forms apart, control characters out.</summary>
internal static class PdfCharacters
{
    /// <summary>Cleans a word.</summary>
    public static string Clean(string text)
    {
        var plain = true;
        foreach (var c in text)
        {
            plain &= c is >= ' ' and < '\u007f' or >= '\u00a1' and < '\ud800' and not '\u00ad';
        }

        if (plain)
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 4);
        for (var index = 0; index < text.Length; index++)
        {
            var c = text[index];
            if (c is (>= '\ufb00' and <= '\ufdff') or (>= '\ufe70' and <= '\ufefc'))
            {
                clean.Append(c.ToString().Normalize(NormalizationForm.FormKC));
            }
            else if (char.IsHighSurrogate(c) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
            {
                clean.Append(c).Append(text[++index]);
            }
            else if (c == '\u00ad')
            {
                clean.Append(index == text.Length - 1 ? "-" : ""); // A soft hyphen matters only at the end of a line.
            }
            else if (!char.IsControl(c) && !char.IsSurrogate(c) && c is not ('\ufeff' or '\u200b' or '\ufffe' or '\uffff'))
            {
                clean.Append(c);
            }
        }

        return clean.ToString().Trim();
    }
}
