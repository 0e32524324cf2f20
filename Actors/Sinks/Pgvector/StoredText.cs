using System.Buffers;
using System.Text;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// Text as PostgreSQL can hold it. Its text types know no NUL, so that becomes U+FDD0, one of the characters that Unicode keeps for a program's own use; where the
/// text has that one, or U+FDD1, an escape of two characters stands for it. So every text comes back as it was, but for lone surrogates, which become U+FFFD: they are no text.
/// </summary>
internal static class StoredText
{
    private const char Nul = '\uFDD0';
    private const char Escape = '\uFDD1';

    private static readonly SearchValues<char> s_escaped = SearchValues.Create('\0', Nul, Escape);

    /// <summary>The text to store.</summary>
    public static string Encode(string text)
    {
        if (text.AsSpan().IndexOfAny(s_escaped) < 0)
        {
            return WellFormed.Text(text);
        }

        var encoded = new StringBuilder(text.Length + 16);
        foreach (var character in WellFormed.Text(text))
        {
            _ = character switch
            {
                '\0' => encoded.Append(Nul),
                Nul => encoded.Append(Escape).Append('0'),
                Escape => encoded.Append(Escape).Append('1'),
                _ => encoded.Append(character),
            };
        }

        return encoded.ToString();
    }

    /// <summary>The text that was stored.</summary>
    public static string Decode(string text)
    {
        if (text.AsSpan().IndexOfAny(Nul, Escape) < 0)
        {
            return text;
        }

        var decoded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            decoded.Append(text[i] switch
            {
                Nul => '\0',
                Escape when i + 1 < text.Length => text[++i] == '0' ? Nul : Escape,
                var other => other,
            });
        }

        return decoded.ToString();
    }
}
