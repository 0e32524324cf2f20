using MimeKit;

namespace Sluice.TestKit.Documents;

public static partial class SampleDocuments
{
    /// <summary>A mail message with the given body.</summary>
    public static byte[] Eml(string subject, MimeEntity body)
    {
        var stream = new MemoryStream();
        using var message = Message(subject, body);
        message.WriteTo(stream);
        return stream.ToArray();
    }

    /// <summary>A mail message of one paragraph.</summary>
    public static byte[] Eml() => Eml("Grüße vom Wehr", new TextPart("plain") { Text = "Das Wehr ist dicht.\n\nBis morgen." });

    /// <summary>A message, to be attached to another.</summary>
    public static MimeMessage Message(string subject, MimeEntity body)
    {
        var message = new MimeMessage { Subject = subject, Body = body, Date = new DateTimeOffset(2024, 3, 1, 8, 30, 0, TimeSpan.Zero), MessageId = "1@example.org" };
        message.From.Add(new MailboxAddress("Jörg Beispiel", "joerg@example.org"));
        message.To.Add(new MailboxAddress("Ada", "ada@example.org"));
        return message;
    }
}
