using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sluice.Actors.Parsing.Json;

/// <summary>Strings of JSON, read so that nothing in them is an error: a lone surrogate or a broken sequence becomes U+FFFD.</summary>
internal static class JsonText
{
    /// <summary>The string or name at which <paramref name="reader"/> stands.</summary>
    public static string Of(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped ? Unescape(reader.ValueSpan) : Clean(Encoding.UTF8.GetString(reader.ValueSpan));

    /// <summary>Resolves the escapes in <paramref name="utf8"/>, the inside of a string.</summary>
    public static string Unescape(ReadOnlySpan<byte> utf8)
    {
        var raw = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(utf8.Length));
        try
        {
            var length = Encoding.UTF8.GetChars(utf8, raw);
            var written = 0;
            for (var at = 0; at < length; at++)
            {
                raw[written++] = raw[at] != '\\' || at + 1 >= length ? raw[at] : Escape(raw.AsSpan(0, length), ref at);
            }

            return Clean(new string(raw, 0, written));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(raw);
        }
    }

    private static char Escape(ReadOnlySpan<char> text, ref int at)
    {
        at++;
        switch (text[at])
        {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u' when at + 4 < text.Length && ushort.TryParse(text.Slice(at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var unit):
                at += 4;
                return unit == 0 ? '\uFFFD' : (char)unit;
            default:
                return text[at];
        }
    }

    /// <summary>Replaces surrogates that have no partner.</summary>
    private static string Clean(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0)
        {
            return text;
        }

        var result = text.ToCharArray();
        for (var at = 0; at < result.Length; at++)
        {
            if (char.IsHighSurrogate(result[at]) && at + 1 < result.Length && char.IsLowSurrogate(result[at + 1]))
            {
                at++;
            }
            else if (char.IsSurrogate(result[at]))
            {
                result[at] = '\uFFFD';
            }
        }

        return new string(result);
    }
}
