using System.Text;
using Sluice.Actors.Parsing.Sources.Files;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Escapes of URIs (RFC 3986, 2.1), and what may hide behind them.</summary>
internal static class LocationEscapes
{
    /// <summary>Layers of escapes that a path may have one within the other; nobody writes that many.</summary>
    private const int MostLayers = 4;

    /// <summary>Whether each <c>%</c> begins an escape.</summary>
    public static bool AreWellFormed(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '%' && (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes one layer of escapes away. Bytes that are no UTF-8 stay what they are, as in <see cref="PathText"/>.</summary>
    public static string Decode(string text) => text.Contains('%', StringComparison.Ordinal) ? PathText.FromBytes(PathText.UnescapeBytes(text)) : text;

    /// <summary>
    /// Whether every server reads the path of a URL as the same one: no dot segment, backslash or control character in it, not behind any layer of escapes either, nor behind
    /// parameters (<c>..;x</c>) or look-alikes that some decoders fold into dots and slashes. Slashes behind escapes are names' own, where no dots are beside them.
    /// </summary>
    public static bool IsPlainPath(string path)
    {
        if (!AreWellFormed(path))
        {
            return false;
        }

        for (var layer = 0; layer <= MostLayers; layer++)
        {
            if (path.Any(char.IsControl) || HasDotSegment(path) || HasDotSegment(Fold(path)))
            {
                return false;
            }

            var decoded = Decode(path);
            if (decoded == path)
            {
                return true;
            }

            path = decoded;
        }

        return false;
    }

    /// <summary>Whether <c>.</c> or <c>..</c> stands between slashes of either kind, perhaps with parameters behind.</summary>
    public static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        foreach (var range in path.SplitAny('/', '\\'))
        {
            var segment = path[range];
            var parameters = segment.IndexOf(';');
            if ((parameters < 0 ? segment : segment[..parameters]) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Look-alikes of dots and slashes as those.</summary>
    private static string Fold(string path)
    {
        if (path.All(char.IsAscii))
        {
            return path;
        }

        var folded = new StringBuilder(path.Length);
        foreach (var character in path)
        {
            folded.Append(character switch
            {
                '\uff0e' or '\u2024' or '\ufe52' or '\u3002' or '\uff61' => ".",
                '\u2025' => "..",
                '\uff0f' or '\u2044' or '\u2215' or '\u29f8' => "/",
                '\uff3c' or '\u2216' or '\ufe68' or '\u29f5' => "\\",
                _ => character.ToString(),
            });
        }

        return folded.ToString();
    }
}
