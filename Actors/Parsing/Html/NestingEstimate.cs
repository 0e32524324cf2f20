using System.Collections.Frozen;

namespace Sluice.Actors.Parsing.Html;

/// <summary>Estimates how deep elements are nested before a tree is built, because building time grows with the square of the depth.</summary>
internal static class NestingEstimate
{
    /// <summary>More than this is an attack: the deepest pages written by hand or by a tool stay far below.</summary>
    public const int Most = 10_000;

    private static readonly FrozenSet<string> _unnested = new[]
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
        "p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "option", "optgroup", "rt", "rp", "colgroup", "html", "head", "body",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The greatest excess of start tags over end tags, elements without or with optional end tags left out.</summary>
    public static int Of(ReadOnlySpan<char> html)
    {
        var names = _unnested.GetAlternateLookup<ReadOnlySpan<char>>();
        var depth = 0;
        var most = 0;
        while (html.IndexOf('<') is >= 0 and var at && at + 1 < html.Length)
        {
            html = html[(at + 1)..];
            var end = html[0] == '/';
            var name = end ? html[1..] : html;
            if (name.IsEmpty || !char.IsAsciiLetter(name[0]))
            {
                continue;
            }

            var length = name.IndexOfAnyExcept(_nameCharacters);
            if (names.Contains(length < 0 ? name : name[..length]))
            {
                continue;
            }

            depth = end ? Math.Max(0, depth - 1) : depth + 1;
            most = Math.Max(most, depth);
        }

        return most;
    }

    private static readonly System.Buffers.SearchValues<char> _nameCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}
