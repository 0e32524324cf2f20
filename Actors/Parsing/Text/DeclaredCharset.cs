using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Actors.Parsing.Text;

/// <summary>Finds the character set that an HTML or XML document declares.</summary>
internal static partial class DeclaredCharset
{
    private const int Reach = 4096;

    /// <summary>The declared name, or null.</summary>
    public static string? Find(ReadOnlySpan<byte> head, CharsetDeclaration declaration)
    {
        if (declaration == CharsetDeclaration.None)
        {
            return null;
        }

        var text = Encoding.Latin1.GetString(head[..Math.Min(head.Length, Reach)]);
        var match = Xml().Match(text);
        if (!match.Success && declaration == CharsetDeclaration.Html)
        {
            match = Meta().Match(text);
        }

        return match.Success ? match.Groups["name"].Value : null;
    }

    [GeneratedRegex("^\\s*<\\?xml[^>]{0,200}?encoding\\s*=\\s*[\"'](?<name>[\\w.:-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Xml();

    [GeneratedRegex("<meta\\b[^>]{0,300}?charset\\s*=\\s*[\"']?\\s*(?<name>[\\w.:-]+)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Meta();
}
