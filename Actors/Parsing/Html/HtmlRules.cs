using System.Collections.Frozen;
using AngleSharp.Dom;

namespace Sluice.Actors.Parsing.Html;

/// <summary>Which elements are content, and how they behave.</summary>
internal static class HtmlRules
{
    private static readonly FrozenSet<string> _never = Set(
        "script style noscript template head link meta svg canvas iframe object embed audio video map input select option datalist textarea button progress meter rp rt");

    private static readonly FrozenSet<string> _navigationRoles = Set("navigation banner contentinfo search menu menubar toolbar tablist doc-toc directory");

    private static readonly FrozenSet<string> _navigationClasses = Set(
        "nav navbar navheader navfooter navigation navbox breadcrumb breadcrumbs toc table-of-contents sphinxsidebar sidebar-nav pagination pager skip-link skiplink "
        + "headerlink id_link anchorjs-link cookie-banner linenos linenodiv lineno line-numbers gutter mw-editsection mw-jump-link");

    private static readonly FrozenSet<string> _blocks = Set(
        "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html "
        + "legend li main menu nav ol p pre search section summary table tbody td tfoot th thead tr ul caption");

    private static readonly FrozenSet<string> _admonitions = Set("note warning tip caution important admonition danger hint attention seealso callout alert sidebar");

    /// <summary>Whether nothing in <paramref name="element"/> is content.</summary>
    /// <param name="element">The element.</param>
    /// <param name="keepNavigation">Whether navigation counts as content.</param>
    public static bool IsLeftOut(IElement element, bool keepNavigation)
    {
        var name = element.LocalName;
        if (_never.Contains(name) || IsHidden(element) || IsPermalink(element))
        {
            return true;
        }

        if (keepNavigation)
        {
            return false;
        }

        return name switch
        {
            "nav" => true,
            "header" or "footer" or "aside" when !IsInContent(element) => true,
            "body" or "main" or "article" or "html" => false,
            _ => (element.GetAttribute("role") is { Length: > 0 } role && _navigationRoles.Contains(role) && !HoldsMain(element)) || HasClass(element, _navigationClasses),
        };
    }

    /// <summary>Whether <paramref name="element"/> begins and ends a paragraph.</summary>
    public static bool IsBlock(IElement element) => _blocks.Contains(element.LocalName);

    /// <summary>Whether <paramref name="element"/> is a note, a warning and the like, whose heading is no heading of the page.</summary>
    public static bool IsAdmonition(IElement element) =>
        element.LocalName is "div" or "aside" or "blockquote" or "section" or "table" && HasClass(element, _admonitions);

    private static bool IsInContent(IElement element)
    {
        for (var parent = element.ParentElement; parent is not null; parent = parent.ParentElement)
        {
            if (parent.LocalName is "article" or "main" or "section" or "blockquote" or "figure" or "details" || parent.GetAttribute("role") == "main")
            {
                return true;
            }
        }

        return false;
    }

    private static bool HoldsMain(IElement element) => element.QuerySelector("main, article, [role=main]") is not null;

    private static bool IsHidden(IElement element) =>
        element.HasAttribute("hidden")
        || element.GetAttribute("aria-hidden") == "true"
        || (element.GetAttribute("style") is { } style && IsInvisible(style));

    private static bool IsInvisible(string style)
    {
        var compact = style.Replace(" ", string.Empty, StringComparison.Ordinal);
        return compact.Contains("display:none", StringComparison.OrdinalIgnoreCase) || compact.Contains("visibility:hidden", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsPermalink(IElement element) =>
        element.LocalName == "a" && element.ChildNodes is [IText { Data: "#" or "¶" or "§" or "🔗" }];

    private static bool HasClass(IElement element, FrozenSet<string> names)
    {
        if (element.ClassName is not { Length: > 0 } value)
        {
            return false;
        }

        var lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var range in value.AsSpan().SplitAny(" \t\r\n"))
        {
            if (lookup.Contains(value.AsSpan(range)))
            {
                return true;
            }
        }

        return false;
    }

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
