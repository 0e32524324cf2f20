using Sluice.Actors.Parsing.Text;

namespace Sluice.Actors.Parsing.Detection;

/// <summary>Tells a document's type: by its content first, by its name second, by the source's hint third.</summary>
internal static class TypeDetector
{
    /// <summary>Bytes looked at.</summary>
    public const int HeadBytes = 64 * 1024;

    /// <summary>Tells the type of what begins with <paramref name="head"/>, which is not empty.</summary>
    /// <param name="head">The first <see cref="HeadBytes"/> bytes, or all there are.</param>
    /// <param name="fileName">The file's name, without <c>.gz</c>.</param>
    /// <param name="hint">The source's media type, or null.</param>
    public static Detected Detect(ReadOnlySpan<byte> head, string fileName, string? hint)
    {
        if (MagicNumbers.Recognize(head) is { } known)
        {
            return known;
        }

        var named = FileTypes.ByName(fileName);
        if (TextDecoding.LooksBinary(head))
        {
            return named is not null && !FileTypes.IsText(named)
                ? Detected.Corrupt($"named {Path.GetExtension(fileName).ToLowerInvariant()}, but its content is not of that type; fetch or save it again")
                : Detected.Binary("of no known type");
        }

        var text = TextDecoding.Sample(head);
        return new(ByContent(text, named) ?? ByName(text, named) ?? ByName(text, FileTypes.ByHint(hint)) ?? Guess(text));
    }

    /// <summary>Content that tells its type whatever the name says; source code may well hold any of it.</summary>
    private static string? ByContent(string text, string? named)
    {
        if (named is MediaTypes.SourceCode or MediaTypes.Markdown or MediaTypes.Mail or MediaTypes.JsonLines or MediaTypes.Csv or MediaTypes.Tsv)
        {
            return null;
        }

        var start = text.AsSpan().TrimStart();
        if (IsHtml(start))
        {
            return MediaTypes.Html;
        }

        if (!start.StartsWith("<?xml", StringComparison.Ordinal))
        {
            return null;
        }

        var root = start.IndexOf("<html", StringComparison.OrdinalIgnoreCase);
        return root >= 0 && FirstElement(start) == root ? MediaTypes.Html : MediaTypes.Xml;
    }

    private static string? ByName(string text, string? named)
    {
        var start = text.AsSpan().TrimStart();
        return named switch
        {
            MediaTypes.Json when start.Length > 0 && !"{[\"-0123456789tfn/".Contains(start[0], StringComparison.Ordinal) => null,
            MediaTypes.Json => JsonShape.IsLines(start) ? MediaTypes.JsonLines : MediaTypes.Json,
            MediaTypes.Xml when start.Length > 0 && start[0] != '<' => null,
            not null when FileTypes.IsText(named) => named,
            _ => null,
        };
    }

    /// <summary>The type of a text that neither its name nor its source gives a type.</summary>
    private static string Guess(string text)
    {
        var start = text.AsSpan().TrimStart();
        if (Code.Languages.ByShebang(text) is not null)
        {
            return MediaTypes.SourceCode;
        }

        if (JsonShape.IsLines(start))
        {
            return MediaTypes.JsonLines;
        }

        return JsonShape.IsJson(start) ? MediaTypes.Json
            : MailShape.IsMail(text) ? MediaTypes.Mail
            : MediaTypes.PlainText;
    }

    private static bool IsHtml(ReadOnlySpan<char> start)
    {
        while (start.StartsWith("<!--", StringComparison.Ordinal) && start.IndexOf("-->", StringComparison.Ordinal) is >= 0 and var end)
        {
            start = start[(end + 3)..].TrimStart();
        }

        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || (start.StartsWith("<html", StringComparison.OrdinalIgnoreCase) && start.Length > 5 && (start[5] == '>' || char.IsWhiteSpace(start[5])));
    }

    /// <summary>Index of the first tag that is neither a declaration nor an instruction nor a comment.</summary>
    private static int FirstElement(ReadOnlySpan<char> text)
    {
        for (var at = 0; at + 1 < text.Length; at++)
        {
            if (text[at] == '<' && char.IsAsciiLetter(text[at + 1]))
            {
                return at;
            }
        }

        return -1;
    }
}
