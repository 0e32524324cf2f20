using System.Buffers;
using System.Text;
using Sluice.Actors.Parsing.Bytes;
using UtfUnknown;

namespace Sluice.Actors.Parsing.Text;

/// <summary>
/// Bytes to text, streaming. The encoding is told by a byte order mark, else by the document's own declaration, else by being valid UTF-8, else by the pattern of
/// UTF-16 and UTF-32 without a mark, else by statistics, else it is Windows-1252. What cannot be decoded becomes U+FFFD, and so does NUL.
/// </summary>
internal static class TextDecoding
{
    /// <summary>Bytes that decide the encoding.</summary>
    public const int SampleBytes = 64 * 1024;

    private static readonly Encoding _utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: true);
    private static readonly SearchValues<byte> _controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31, 127]);

    static TextDecoding() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Opens <paramref name="stream"/> as text. Disposing the reader leaves the stream open.</summary>
    /// <param name="stream">The bytes, from the beginning.</param>
    /// <param name="charset">A character set told from outside, or null.</param>
    /// <param name="declaration">Where the document may declare its own.</param>
    /// <param name="cancellationToken">Cancels reading ahead.</param>
    public static async ValueTask<TextReader> OpenAsync(Stream stream, string? charset, CharsetDeclaration declaration, CancellationToken cancellationToken)
    {
        var head = await HeadStream.PeekAsync(stream, SampleBytes, cancellationToken).ConfigureAwait(false);
        var encoding = Detect(head.Span, head.Length < SampleBytes, charset, declaration);
        var reader = new StreamReader(new HeadStream(head, stream), encoding, detectEncodingFromByteOrderMarks: false, bufferSize: 32 * 1024);
        return new NulReplacingReader(reader);
    }

    /// <summary>Tells the encoding of what begins with <paramref name="head"/>.</summary>
    /// <param name="head">The first <see cref="SampleBytes"/> bytes, or all there are.</param>
    /// <param name="complete">Whether that is all.</param>
    /// <param name="charset">A character set told from outside, or null.</param>
    /// <param name="declaration">Where the document may declare its own.</param>
    public static Encoding Detect(ReadOnlySpan<byte> head, bool complete, string? charset = null, CharsetDeclaration declaration = CharsetDeclaration.None)
    {
        if (ByMark(head) is { } marked)
        {
            return marked;
        }

        if (WideWithoutMark(head) is { } wide)
        {
            return wide;
        }

        var utf8 = Utf8Statistics.Of(head);
        if (utf8.IsValid && utf8.Sequences > 0)
        {
            return _utf8;
        }

        if (Named(DeclaredCharset.Find(head, declaration)) is { } declared)
        {
            return declared;
        }

        if (Named(charset) is { } told)
        {
            return told;
        }

        if (utf8.IsValid)
        {
            // Nothing but ASCII so far: should the first byte beyond it come later and not be UTF-8, it is most likely Windows-1252.
            return complete ? _utf8 : Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new Windows1252Fallback());
        }

        return utf8.IsMostlyUtf8 ? _utf8 : ByStatistics(head);
    }

    /// <summary>
    /// Whether <paramref name="head"/> is no text: NULs and control characters make up more than a twentieth, and it is not UTF-16 or UTF-32.
    /// </summary>
    public static bool LooksBinary(ReadOnlySpan<byte> head)
    {
        if (ByMark(head) is not null || WideWithoutMark(head) is not null)
        {
            return false;
        }

        var controls = 0;
        var rest = head;
        while (rest.IndexOfAny(_controls) is >= 0 and var at)
        {
            controls++;
            rest = rest[(at + 1)..];
        }

        return controls > 2 && controls > head.Length / 20;
    }

    /// <summary>Decodes <paramref name="head"/> to look at it.</summary>
    public static string Sample(ReadOnlySpan<byte> head)
    {
        var encoding = Detect(head, complete: true);
        var preamble = encoding.Preamble;
        return encoding.GetString(preamble.Length > 0 && head.StartsWith(preamble) ? head[preamble.Length..] : head);
    }

    private static Encoding? ByMark(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? _utf8
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) ? new UTF32Encoding(bigEndian: false, byteOrderMark: true)
        : head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]) ? new UTF32Encoding(bigEndian: true, byteOrderMark: true)
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? new UnicodeEncoding(bigEndian: false, byteOrderMark: true)
        : head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? new UnicodeEncoding(bigEndian: true, byteOrderMark: true)
        : null;

    /// <summary>UTF-16 or UTF-32 by where its NULs stand: Latin text has one in every pair, or three in every four.</summary>
    private static Encoding? WideWithoutMark(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4 || !head.Contains((byte)0))
        {
            return null;
        }

        Span<int> nuls = stackalloc int[4];
        nuls.Clear();
        for (var i = 0; i < head.Length; i++)
        {
            nuls[i & 3] += head[i] == 0 ? 1 : 0;
        }

        var quarter = head.Length / 4;
        if (nuls[1] + nuls[2] + nuls[3] > 2.7 * quarter && nuls[0] * 20 < quarter)
        {
            return new UTF32Encoding(bigEndian: false, byteOrderMark: true);
        }

        if (nuls[0] + nuls[1] + nuls[2] > 2.7 * quarter && nuls[3] * 20 < quarter)
        {
            return new UTF32Encoding(bigEndian: true, byteOrderMark: true);
        }

        var even = nuls[0] + nuls[2];
        var odd = nuls[1] + nuls[3];
        var many = head.Length / 2 * 0.4;
        return odd > many && even * 20 < odd ? Text(new UnicodeEncoding(bigEndian: false, byteOrderMark: true), head)
            : even > many && odd * 20 < even ? Text(new UnicodeEncoding(bigEndian: true, byteOrderMark: true), head)
            : null;
    }

    /// <summary>The encoding, if what it makes of <paramref name="head"/> is text: hardly any control characters.</summary>
    private static UnicodeEncoding? Text(UnicodeEncoding encoding, ReadOnlySpan<byte> head)
    {
        var text = encoding.GetString(head[..(Math.Min(head.Length, 4096) & ~1)]);
        var controls = text.AsSpan().Count('\uFFFD');
        foreach (var character in text)
        {
            controls += character < ' ' && character is not ('\t' or '\n' or '\r' or '\f') ? 1 : 0;
        }

        return controls * 20 <= text.Length ? encoding : null;
    }

    private static Encoding? Named(string? charset)
    {
        if (string.IsNullOrWhiteSpace(charset))
        {
            return null;
        }

        try
        {
            // As in the WHATWG standard, Latin-1 and ASCII stand for Windows-1252. A wide encoding cannot be: its declaration would not have been found.
            var encoding = charset.Trim().ToUpperInvariant() is "ISO-8859-1" or "LATIN1" or "US-ASCII" or "ASCII"
                ? Encoding.GetEncoding(1252)
                : Encoding.GetEncoding(charset.Trim());
            return encoding is UnicodeEncoding or UTF32Encoding ? null : encoding is UTF8Encoding ? _utf8 : encoding;
        }
        catch (ArgumentException)
        {
            return null; // A name that nobody knows is as good as none.
        }
    }

    private static Encoding ByStatistics(ReadOnlySpan<byte> head)
    {
        var best = CharsetDetector.DetectFromBytes(head.ToArray()).Detected;
        if (best?.Encoding is { } encoding and not (UTF8Encoding or UnicodeEncoding or UTF32Encoding or ASCIIEncoding)
            && best.Confidence >= (encoding.IsSingleByte ? 0.7f : 0.5f))
        {
            return encoding.CodePage == 28591 ? Encoding.GetEncoding(1252) : encoding;
        }

        return Encoding.GetEncoding(1252);
    }
}
