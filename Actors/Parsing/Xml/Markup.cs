using AngleSharp.Html.Parser;
using Sluice.Actors.Parsing.Html;

namespace Sluice.Actors.Parsing.Xml;

/// <summary>Texts that hold escaped HTML, as feeds do.</summary>
internal static class Markup
{
    private const int MostLength = 64 * 1024;

    /// <summary>The text of <paramref name="value"/> on one line, tags taken off where it has any.</summary>
    public static string Strip(string value)
    {
        if (value.Length > MostLength || !value.Contains("</", StringComparison.Ordinal) || NestingEstimate.Of(value) > 200)
        {
            return HtmlText.Collapse(value);
        }

        using var page = new HtmlParser(new HtmlParserOptions { MaximumDepth = 256, SkipComments = true }).ParseDocument(value);
        return page.Body is { } body ? HtmlText.Of(body, keepNavigation: true) : string.Empty;
    }
}
