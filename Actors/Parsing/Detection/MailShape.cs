namespace Sluice.Actors.Parsing.Detection;

/// <summary>Recognizes a mail message by its header.</summary>
internal static class MailShape
{
    private static readonly string[] _fields =
        ["Received", "Return-Path", "Delivered-To", "MIME-Version", "Message-ID", "From", "To", "Subject", "Date", "Content-Type", "DKIM-Signature"];

    /// <summary>Whether <paramref name="text"/> begins with a header block of a message: header fields only, at least three of them known.</summary>
    public static bool IsMail(ReadOnlySpan<char> text)
    {
        var known = 0;
        foreach (var raw in text.EnumerateLines())
        {
            if (raw.IsEmpty)
            {
                break;
            }

            if (raw[0] is ' ' or '\t')
            {
                continue;
            }

            var colon = raw.IndexOf(':');
            if (colon <= 0 || raw[..colon].ContainsAny(" \t"))
            {
                return false;
            }

            foreach (var field in _fields)
            {
                known += raw[..colon].Equals(field, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            }
        }

        return known >= 3;
    }
}
