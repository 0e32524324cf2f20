using System.Text;
using Markdig.Extensions.Footnotes;
using Markdig.Extensions.TaskLists;
using Markdig.Syntax.Inlines;

namespace Sluice.Actors.Parsing.Markdown;

/// <summary>The text of inline Markdown: links as their text, images as their description, no marks.</summary>
internal static class MarkdownText
{
    /// <summary>The text in <paramref name="root"/>.</summary>
    public static string Of(ContainerInline? root)
    {
        var text = new StringBuilder();
        for (Inline? inline = root?.FirstChild; inline is not null;)
        {
            Append(text, inline);
            var next = inline is ContainerInline { FirstChild: { } child } ? child : inline.NextSibling;
            for (Inline? up = inline; next is null && up?.Parent is { } parent && parent != root; up = parent)
            {
                next = parent.NextSibling;
            }

            inline = next;
        }

        return text.ToString().Trim();
    }

    private static void Append(StringBuilder text, Inline inline)
    {
        switch (inline)
        {
            case LiteralInline literal:
                text.Append(literal.Content.AsSpan());
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case LineBreakInline lineBreak:
                text.Append(lineBreak.IsHard ? '\n' : ' ');
                break;
            case AutolinkInline link:
                text.Append(link.Url);
                break;
            case HtmlEntityInline entity:
                text.Append(entity.Transcoded.AsSpan());
                break;
            case HtmlInline { Tag: { } tag } when tag.StartsWith("<br", StringComparison.OrdinalIgnoreCase):
                text.Append('\n');
                break;
            case TaskList task:
                text.Append(task.Checked ? "[x]" : "[ ]");
                break;
            case DelimiterInline delimiter:
                text.Append(delimiter.ToLiteral());
                break;
            case FootnoteLink:
            default:
                break;
        }
    }
}
