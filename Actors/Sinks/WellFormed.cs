using System.Text;

namespace Sluice.Actors.Sinks;

/// <summary>Text that UTF-8 can hold.</summary>
internal static class WellFormed
{
    /// <summary>The text with U+FFFD for each half of a surrogate pair that stands alone: such halves are no text.</summary>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            }
        }

        return text;
    }
}
