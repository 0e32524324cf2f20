using System.Text;
using MimeKit;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Mail;

/// <summary>Reads a plain text part in paragraphs, whatever its charset; flowed lines are joined (RFC 3676), quoted lines keep their marks.</summary>
internal static class PlainText
{
    static PlainText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Yields the paragraphs.</summary>
    public static IEnumerable<Section> Read(TextPart part, string? name, SectionBuilder builder, CancellationToken cancellationToken)
    {
        if (part.Content is null)
        {
            yield break;
        }

        var place = name is null ? null : new Place(0, 0) { Part = name };
        using var reader = new StreamReader(part.Content.Open(), Charset(part), detectEncodingFromByteOrderMarks: true);
        var text = new StringBuilder();
        var piece = new char[4096];
        var cut = false;
        var newLines = 0;
        int read;
        while ((read = reader.ReadBlock(piece)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var index = 0; index < read; index++)
            {
                var character = piece[index];
                if (character is '\r' or '\0')
                {
                    continue;
                }

                newLines = character == '\n' ? newLines + 1 : character is ' ' or '\t' or '\u00a0' ? newLines : 0;
                text.Append(character);
                if (newLines >= 2 || text.Length >= Section.MaxLength)
                {
                    foreach (var section in Flush(text, part.IsFlowed, place, builder, cut))
                    {
                        yield return section;
                    }

                    cut = newLines < 2;
                }
            }
        }

        foreach (var section in Flush(text, part.IsFlowed, place, builder, cut))
        {
            yield return section;
        }
    }

    private static IEnumerable<Section> Flush(StringBuilder text, bool flowed, Place? place, SectionBuilder builder, bool continues)
    {
        var whole = text.ToString();
        text.Clear();
        return builder.Add(SectionKind.Paragraph, (flowed ? Unflow(whole) : whole).Trim('\n', ' '), place, continues: continues);
    }

    /// <summary>Joins the lines that end in a space with the next one of the same quote depth; the signature mark stays a line of its own.</summary>
    private static string Unflow(string text)
    {
        var lines = text.Split('\n');
        var joined = new StringBuilder(text.Length);
        for (var index = 0; index < lines.Length; index++)
        {
            var line = lines[index];
            var quotes = Quotes(line);
            var goesOn = index > 0 && lines[index - 1] is [.., ' '] before && before != "-- " && Quotes(before) == quotes;
            if (index > 0 && !goesOn)
            {
                joined.Append('\n');
            }

            var content = line.AsSpan(goesOn ? quotes : 0);
            joined.Append(goesOn && quotes > 0 ? content.TrimStart(' ') : content is [' ', ..] && quotes == 0 ? content[1..] : content);
        }

        return joined.ToString();
    }

    private static int Quotes(string line)
    {
        var count = 0;
        while (count < line.Length && line[count] == '>')
        {
            count++;
        }

        return count;
    }

    private static Encoding Charset(TextPart part)
    {
        if (part.ContentType.CharsetEncoding is { } declared and not ASCIIEncoding)
        {
            return declared;
        }

        // Not declared, or unknown: UTF-8 where the bytes are, else the code page most such mail was written in.
        using var bytes = part.Content!.Open();
        var head = new byte[64 * 1024];
        var length = bytes.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetDecoder();
        try
        {
            utf8.GetCharCount(head, 0, length, flush: length < head.Length);
            return Encoding.UTF8;
        }
        catch (DecoderFallbackException)
        {
            return Encoding.GetEncoding(1252);
        }
    }
}
