using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MimeKit;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Mail;

/// <summary>
/// Mail messages (RFC 5322, MIME): the subject is the title; the plain body, or the HTML one when that is empty; text attachments and attached messages follow
/// as parts. Attachments of other kinds are named in the metadata and not read. Contents stay in the spooled file until they are decoded. Stateless.
/// </summary>
/// <param name="html">Reads HTML bodies and attachments.</param>
internal sealed class EmlParser(IFormatParser html) : IFormatParser
{
    private const int MaxNamed = 50;
    private const int MaxValue = 1000;

    public string Name => "eml";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        MailScan.Check(stream, cancellationToken);
        stream.Position = 0;
        using var message = await LoadAsync(stream, input.Options, cancellationToken).ConfigureAwait(false);
        var parts = MailParts.List(message, input.Options.MaxNesting);
        yield return Title(message, parts.Unread, input.FileName);

        var builder = new SectionBuilder();
        var any = false;
        foreach (var part in parts.Read)
        {
            await foreach (var section in PartAsync(part, builder, input, cancellationToken).ConfigureAwait(false))
            {
                any = true;
                yield return section;
            }
        }

        if (!any)
        {
            throw new DocumentRejectedException(Rejection.Skip(Reasons.Empty, "the message has no text body and no text attachment"));
        }
    }

    private static async Task<MimeMessage> LoadAsync(Stream stream, ParsingOptions options, CancellationToken cancellationToken)
    {
        var parser = new MimeParser(new ParserOptions { MaxMimeDepth = options.MaxNesting + 8 }, stream, MimeFormat.Entity, persistent: true);
        try
        {
            var message = await parser.ParseMessageAsync(cancellationToken).ConfigureAwait(false);
            if (MailParts.IsEncrypted(message.Body))
            {
                message.Dispose();
                throw new DocumentRejectedException(Rejection.Dead(Reasons.Encrypted, "the message is encrypted (S/MIME or OpenPGP); decrypt it in the mail program and ingest it again"));
            }

            return message;
        }
        catch (Exception exception) when (exception is FormatException or EndOfStreamException)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, "the headers are damaged: it does not begin as a mail message does"), exception);
        }
    }

    private static Section Title(MimeMessage message, IReadOnlyList<string> unread, string fileName)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Set(metadata, "from", message.From.ToString());
        Set(metadata, "to", message.To.ToString());
        Set(metadata, "cc", message.Cc.ToString());
        Set(metadata, "date", message.Headers.Contains(HeaderId.Date) && message.Date != default ? message.Date.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) : null);
        Set(metadata, "message-id", message.MessageId);
        Set(metadata, "attachments", unread.Count == 0 ? null : string.Join(", ", unread.Take(MaxNamed)));
        return DocumentTitle.Make(message.Subject, metadata, fileName) ?? SectionBuilder.Title(Path.GetFileNameWithoutExtension(fileName));
    }

    private static void Set(Dictionary<string, string> metadata, string key, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            metadata[key] = value.Length <= MaxValue ? value : value[..MaxValue];
        }
    }

    private async IAsyncEnumerable<Section> PartAsync(MailPart part, SectionBuilder builder, ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (part.Subject is not null)
        {
            foreach (var heading in builder.Heading(part.Depth, part.Subject, new Place(0, 0) { Part = part.Name }))
            {
                yield return heading;
            }
        }
        else if (part.Text is { IsHtml: true } body)
        {
            var bytes = new MemoryStream();
            await using (bytes.ConfigureAwait(false))
            {
                // The byte order mark tells the HTML parser that the charset has been dealt with.
                bytes.Write(Encoding.UTF8.Preamble);
                bytes.Write(Encoding.UTF8.GetBytes(body.Text ?? ""));
                bytes.Position = 0;
                var inner = new ParseInput(input.Uri, part.Name ?? input.FileName, "text/html", bytes, input.Options);
                await using (inner.ConfigureAwait(false))
                {
                    await foreach (var section in NestedDocument.ReadAsync(html, inner, part.Name, builder, part.Depth, cancellationToken).ConfigureAwait(false))
                    {
                        yield return section;
                    }
                }
            }
        }
        else if (part.Text is { } text)
        {
            foreach (var section in PlainText.Read(text, part.Name, builder, cancellationToken))
            {
                yield return section;
            }
        }
    }
}
