using System.Text;
using MimeKit;
using MimeKit.Cryptography;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Mail;

/// <summary>Walks the tree of a message, without recursion, and picks what a person would read.</summary>
/// <param name="Read">What to read, in order.</param>
/// <param name="Unread">Names of the attachments that are not text.</param>
internal sealed record MailParts(IReadOnlyList<MailPart> Read, IReadOnlyList<string> Unread)
{
    /// <summary>Lists the parts.</summary>
    /// <param name="message">The message.</param>
    /// <param name="maxDepth">Most messages and multiparts within each other.</param>
    /// <returns>The parts.</returns>
    /// <exception cref="DocumentRejectedException">They nest deeper.</exception>
    public static MailParts List(MimeMessage message, int maxDepth)
    {
        var read = new List<MailPart>();
        var unread = new List<string>();
        var open = new Stack<(MimeEntity Entity, string? Name, int Messages, int Depth)>();
        Push(message.Body, null, 0, 0);
        while (open.TryPop(out var next))
        {
            var (entity, name, messages, depth) = next;
            switch (entity)
            {
                case MessagePart { Message: { } attached } part:
                    var attachedName = FileName(part) ?? attached.Subject ?? "message";
                    read.Add(new MailPart(attached.Subject is { Length: > 0 } subject ? subject : "(no subject)", null, attachedName, messages + 1));
                    Push(attached.Body, attachedName, messages + 1, depth + 1);
                    break;
                case MultipartAlternative alternative:
                    Push(Choose(alternative), name, messages, depth + 1);
                    break;
                case MultipartRelated related:
                    Push(related.Root, name, messages, depth + 1);
                    break;
                case Multipart several when !IsEncrypted(several):
                    for (var index = several.Count - 1; index >= 0; index--)
                    {
                        Push(several[index], name, messages, depth + 1);
                    }

                    break;
                case TextPart { IsRichText: false } text:
                    read.Add(new MailPart(null, text, text.IsAttachment ? FileName(text) ?? name ?? "attachment" : name, messages));
                    break;
                default:
                    unread.Add(FileName(entity) ?? entity.ContentType.MimeType);
                    break;
            }
        }

        return new MailParts(read, unread);

        void Push(MimeEntity? entity, string? name, int messages, int depth)
        {
            if (depth > maxDepth)
            {
                throw new DocumentRejectedException(Rejection.Dead(
                    Reasons.Bomb, $"messages or parts are attached within each other more than {maxDepth} deep; raise sluice.parsing.max-nesting if it can be trusted, then `sluice dead replay`"));
            }

            if (entity is not null)
            {
                open.Push((entity, name, messages, depth));
            }
        }
    }

    /// <summary>Whether nothing of an entity can be read without a key.</summary>
    public static bool IsEncrypted(MimeEntity? entity) =>
        entity is MultipartEncrypted
        || (entity is ApplicationPkcs7Mime { SecureMimeType: SecureMimeType.EnvelopedData or SecureMimeType.AuthEnvelopedData });

    /// <summary>The plain form where it says anything; else the last form, which is the best one (RFC 2046, section 5.1.4).</summary>
    private static MimeEntity? Choose(MultipartAlternative alternative)
    {
        MimeEntity? best = null;
        foreach (var form in alternative)
        {
            if (form is TextPart { IsPlain: true } plain)
            {
                if (SaysSomething(plain))
                {
                    return plain;
                }
            }
            else if (form is Multipart or TextPart { IsHtml: true } || best is null)
            {
                best = form;
            }
        }

        return best;
    }

    private static bool SaysSomething(TextPart part)
    {
        if (part.Content is null)
        {
            return false;
        }

        using var reader = new StreamReader(part.Content.Open(), Encoding.Latin1);
        int next;
        while ((next = reader.Read()) >= 0)
        {
            if (!char.IsWhiteSpace((char)next))
            {
                return true;
            }
        }

        return false;
    }

    private static string? FileName(MimeEntity entity) => entity.ContentDisposition?.FileName ?? entity.ContentType.Name;
}
