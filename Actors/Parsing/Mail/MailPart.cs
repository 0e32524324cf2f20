using MimeKit;

namespace Sluice.Actors.Parsing.Mail;

/// <summary>One thing to read in a message, in reading order.</summary>
/// <param name="Subject">Subject of an attached message that begins here; null for a text.</param>
/// <param name="Text">The text; null for the beginning of an attached message.</param>
/// <param name="Name">Name of the attachment it is in; null for the body.</param>
/// <param name="Depth">How many messages it is attached within.</param>
internal sealed record MailPart(string? Subject, TextPart? Text, string? Name, int Depth);
