using System.Buffers;
using System.Text;

namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>
/// Paths as strings, as bytes and as URIs, each turned into the others without loss. A file name on Unix is bytes; those that are not UTF-8 stand in a string as
/// the lone surrogates U+DC80 to U+DCFF, which no UTF-8 text contains.
/// </summary>
internal static class PathText
{
    private const string Scheme = "file://";
    private const char Escape = '\udc00';

    private static readonly SearchValues<byte> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/"u8);

    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                length = 1;
                text.Append((char)(Escape + bytes[0]));
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    public static byte[] ToBytes(ReadOnlySpan<char> path)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(path.Length)];
        var written = 0;
        while (!path.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(path, out var rune, out var length) == OperationStatus.Done)
            {
                written += rune.EncodeToUtf8(bytes.AsSpan(written));
            }
            else if (path[0] is >= '\udc80' and <= '\udcff')
            {
                bytes[written++] = (byte)(path[0] - Escape);
            }
            else
            {
                written += Rune.ReplacementChar.EncodeToUtf8(bytes.AsSpan(written));
            }

            path = path[length..];
        }

        return bytes[..written];
    }

    /// <summary>The <c>file:</c> URI of an absolute path.</summary>
    public static string ToUri(string path)
    {
        path = OperatingSystem.IsWindows() ? "/" + path.Replace('\\', '/') : path;
        return Scheme + EscapeBytes(ToBytes(path));
    }

    /// <summary>Writes everything that has a meaning in URIs, or none, as <c>%XX</c>.</summary>
    public static string EscapeBytes(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAnyExcept(Plain))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var uri = new StringBuilder(bytes.Length + 16);
        foreach (var value in bytes)
        {
            if (Plain.Contains(value))
            {
                uri.Append((char)value);
            }
            else
            {
                uri.Append('%').Append(Hex(value >> 4)).Append(Hex(value & 0xF));
            }
        }

        return uri.ToString();
    }

    /// <summary>The path of a <c>file:</c> URI; null where it is none of this machine.</summary>
    public static string? FromUri(string uri)
    {
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = uri.AsSpan(Scheme.Length);
        if (rest.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest["localhost".Length..];
        }

        if (rest.IsEmpty || rest[0] != '/')
        {
            return null;
        }

        var path = FromBytes(UnescapeBytes(rest));
        return OperatingSystem.IsWindows() ? path[1..].Replace('/', '\\') : path;
    }

    public static byte[] UnescapeBytes(ReadOnlySpan<char> text)
    {
        var bytes = ToBytes(text);
        var written = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] == '%' && at + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[at + 1]) && char.IsAsciiHexDigit((char)bytes[at + 2]))
            {
                bytes[written++] = (byte)(Digit(bytes[at + 1]) << 4 | Digit(bytes[at + 2]));
                at += 2;
            }
            else
            {
                bytes[written++] = bytes[at];
            }
        }

        return bytes[..written];
    }

    /// <summary>The path for a message: what cannot be printed replaced.</summary>
    public static string Show(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var rune in path.EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                text.Append('?');
            }
            else
            {
                text.Append(rune);
            }
        }

        return text.ToString();
    }

    private static char Hex(int digit) => (char)(digit < 10 ? '0' + digit : 'A' + digit - 10);

    private static int Digit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
