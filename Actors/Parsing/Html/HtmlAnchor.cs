using System.Buffers;
using AngleSharp.Dom;

namespace Sluice.Actors.Parsing.Html;

/// <summary>The fragment that leads to an element.</summary>
internal static class HtmlAnchor
{
    private static readonly SearchValues<char> _counted = SearchValues.Create("-.mp0123456789");

    /// <summary>The id of <paramref name="element"/>, or the name of an old-fashioned anchor; null where there is none worth keeping over <paramref name="current"/>.</summary>
    public static string? Of(IElement element, string? current)
    {
        var id = element.GetAttribute("id") is { Length: > 0 } given ? given : element.LocalName == "a" ? element.GetAttribute("name") : null;
        return id is { Length: > 0 and <= 200 } && (current is null || !IsNumbered(id)) ? id : null;
    }

    /// <summary>Ids that a tool counted out (<c>id-1.6.7</c>, <c>idm123</c>) change with every edition of a document.</summary>
    private static bool IsNumbered(string id) =>
        id.StartsWith("id", StringComparison.Ordinal) && id.Length > 2 && id.AsSpan(2).IndexOfAnyExcept(_counted) < 0;
}
