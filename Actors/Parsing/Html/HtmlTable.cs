using AngleSharp.Dom;

namespace Sluice.Actors.Parsing.Html;

/// <summary>A table of data, read row by row: <c>cell | cell</c>.</summary>
internal sealed class HtmlTable
{
    private HtmlTable(string? caption, string? header, List<(string Text, string? Anchor, long Number)> rows)
    {
        Caption = caption;
        Header = header;
        Rows = rows;
    }

    /// <summary>Its caption, or null.</summary>
    public string? Caption { get; }

    /// <summary>Its header row, or null.</summary>
    public string? Header { get; }

    /// <summary>Its other rows that are not blank, with the first id in them and their number.</summary>
    public IReadOnlyList<(string Text, string? Anchor, long Number)> Rows { get; }

    /// <summary>Reads <paramref name="table"/>; null when it only serves the layout: then its cells are read as text.</summary>
    public static HtmlTable? Read(IElement table, bool keepNavigation)
    {
        if (table.GetAttribute("role") is "presentation" or "none" || HtmlRules.IsAdmonition(table) || table.QuerySelector("table, pre, h1, h2, h3, h4, h5, h6, form, article, main") is not null)
        {
            return null;
        }

        string? caption = null;
        string? header = null;
        var rows = new List<(string, string?, long)>();
        var headed = false;
        var widest = 0;
        foreach (var group in table.Children)
        {
            if (group.LocalName == "caption")
            {
                caption = HtmlText.Of(group, keepNavigation);
                continue;
            }

            foreach (var row in group.LocalName == "tr" ? [group] : group.Children.Where(static child => child.LocalName == "tr"))
            {
                if (HtmlRules.IsLeftOut(row, keepNavigation))
                {
                    continue;
                }

                var cells = row.Children.Where(cell => cell.LocalName is "td" or "th" && !HtmlRules.IsLeftOut(cell, keepNavigation)).ToList();
                var text = string.Join(" | ", cells.Select(cell => HtmlText.Of(cell, keepNavigation)));
                widest = Math.Max(widest, cells.Count);
                if (group.LocalName == "thead" || (!headed && rows.Count == 0 && cells.Count > 1 && cells.TrueForAll(static cell => cell.LocalName == "th")))
                {
                    header = text;
                    headed = true;
                }
                else if (text.AsSpan().IndexOfAnyExcept(" |") >= 0)
                {
                    rows.Add((text, row.Id ?? row.QuerySelector("[id]")?.Id, rows.Count + 1));
                }
            }
        }

        if (widest < 2 && header is null)
        {
            return null;
        }

        if (rows.Count == 0 && header is not null)
        {
            rows.Add((header, null, 1));
            header = null;
        }

        return new(caption, string.IsNullOrWhiteSpace(header) ? null : header, rows);
    }
}
