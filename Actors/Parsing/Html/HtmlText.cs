using System.Text;
using AngleSharp.Dom;

namespace Sluice.Actors.Parsing.Html;

/// <summary>Text of elements.</summary>
internal static class HtmlText
{
    /// <summary>The text in <paramref name="root"/> as one line, what is not content left out.</summary>
    public static string Of(INode root, bool keepNavigation)
    {
        var text = new StringBuilder();
        Gather(root, text, keepNavigation, verbatim: false);
        return Collapse(text.ToString());
    }

    /// <summary>The text in <paramref name="pre"/> with its white space.</summary>
    public static string Preformatted(INode pre)
    {
        var text = new StringBuilder();
        Gather(pre, text, keepNavigation: false, verbatim: true);
        return text.Replace("\r\n", "\n").Replace('\u00a0', ' ').ToString().Trim('\n').TrimEnd();
    }

    /// <summary>White space becomes single spaces; characters without width go.</summary>
    public static string Collapse(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            Append(result, character);
        }

        if (result.Length > 0 && result[^1] == ' ')
        {
            result.Length--;
        }

        return result.ToString();
    }

    /// <summary>Appends one character as HTML shows it: runs of white space are one space, none at the beginning of a line.</summary>
    public static void Append(StringBuilder result, char character)
    {
        if (char.IsWhiteSpace(character))
        {
            if (result.Length > 0 && result[^1] is not (' ' or '\n'))
            {
                result.Append(' ');
            }
        }
        else if (character is not ('\u00ad' or '\u200b' or '\ufeff'))
        {
            result.Append(character);
        }
    }

    private static void Gather(INode root, StringBuilder text, bool keepNavigation, bool verbatim)
    {
        var stack = new Stack<(INode Node, int Next)>();
        stack.Push((root, 0));
        while (stack.TryPop(out var frame))
        {
            var (node, next) = frame;
            if (next >= node.ChildNodes.Length)
            {
                if (!verbatim && node is IElement ended && HtmlRules.IsBlock(ended))
                {
                    text.Append(' ');
                }

                continue;
            }

            stack.Push((node, next + 1));
            var child = node.ChildNodes[next];
            if (child is IText data)
            {
                text.Append(data.Data);
            }
            else if (child is IElement element && !HtmlRules.IsLeftOut(element, keepNavigation))
            {
                if (element.LocalName == "br")
                {
                    text.Append(verbatim ? '\n' : ' ');
                }
                else
                {
                    text.Append(!verbatim && HtmlRules.IsBlock(element) ? " " : string.Empty);
                    text.Append(element.LocalName == "img" ? element.GetAttribute("alt") : null);
                    stack.Push((element, 0));
                }
            }
        }
    }
}
