using System.Text;

namespace Sluice.Actors.Parsing.Detection;

/// <summary>Recognizes binary files by their first bytes.</summary>
internal static class MagicNumbers
{
    private const string Unpack = "unpack it and ingest its files";
    private const string Export = "export it as text, CSV or JSON Lines";

    private static readonly Entry[] _entries =
    [
        Known("PK\u0003\u0004", Detected.Zip),
        Known("PK\u0005\u0006", Detected.Zip),
        Known("\u001f\u008b\u0008", Detected.Gzip),
        Known("\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1", Detected.Compound),
        Other("7z\u00bc\u00af\u0027\u001c", "a 7-Zip archive", Unpack),
        Other("Rar!\u001a\u0007", "a RAR archive", Unpack),
        Other("\u00fd7zXZ\0", "an xz file", Unpack),
        Other("BZh", "a bzip2 file", Unpack, Offset: 0, Then: "1AY&SY", ThenAt: 4),
        Other("\u0028\u00b5\u002f\u00fd", "a Zstandard file", Unpack),
        Other("\u0004\u0022\u004d\u0018", "an LZ4 file", Unpack),
        Other("\u001f\u009d", "a compress (.Z) file", Unpack),
        Other("ustar", "a tar archive", Unpack, Offset: 257),
        Other("MSCF\0\0\0\0", "a cabinet archive", Unpack),
        Other("!<arch>\n", "an ar archive", Unpack),
        Other("\u00ed\u00ab\u00ee\u00db", "an RPM package", Unpack),
        Other("SQLite format 3\0", "an SQLite database", Export),
        Other("PAR1", "a Parquet file", Export),
        Other("Obj\u0001", "an Avro file", Export),
        Other("ORC", "an ORC file", Export, Offset: 0, Then: "\0", ThenAt: 8),
        Other("ARROW1\0\0", "an Arrow file", Export),
        Other("\u0089HDF\r\n\u001a\n", "an HDF5 file", Export),
        Other("{\\rtf", "an RTF document", "save it as DOCX or PDF"),
        Other("%!PS-", "a PostScript file", "convert it to PDF"),
        Other("AT&TFORM", "a DjVu document", "convert it to PDF"),
        Image("\u0089PNG\r\n\u001a\n", "a PNG image", MediaTypes.Png),
        Image("\u00ff\u00d8\u00ff", "a JPEG image", MediaTypes.Jpeg),
        Image("GIF87a", "a GIF image", MediaTypes.Gif),
        Image("GIF89a", "a GIF image", MediaTypes.Gif),
        Image("BM", "a BMP image", MediaTypes.Bmp, Offset: 0, Then: "\0\0\0\0", ThenAt: 6),
        Nothing("II*\0", "a TIFF image"),
        Nothing("MM\0*", "a TIFF image"),
        Nothing("\0\0\u0001\0", "an icon"),
        Nothing("8BPS", "a Photoshop image"),
        Image("RIFF", "a WebP image", MediaTypes.WebP, Offset: 0, Then: "WEBP", ThenAt: 8),
        Nothing("RIFF", "a WAV recording", Offset: 0, Then: "WAVE", ThenAt: 8),
        Nothing("RIFF", "an AVI film", Offset: 0, Then: "AVI ", ThenAt: 8),
        Nothing("ftyp", "an MP4 or HEIF file", Offset: 4),
        Nothing("ID3", "an MP3 recording"),
        Nothing("\u00ff\u00fb", "an MP3 recording"),
        Nothing("\u00ff\u00f3", "an MP3 recording"),
        Nothing("OggS", "an Ogg recording"),
        Nothing("fLaC", "a FLAC recording"),
        Nothing("MThd", "a MIDI file"),
        Nothing("\u001a\u0045\u00df\u00a3", "a Matroska or WebM film"),
        Nothing("FLV\u0001", "a Flash film"),
        Nothing("\u007fELF", "an ELF program"),
        Nothing("MZ", "a Windows program", Offset: 0, Then: "\0", ThenAt: 3),
        Nothing("\u00ca\u00fe\u00ba\u00be", "a Java class or Mach-O program"),
        Nothing("\u00cf\u00fa\u00ed\u00fe", "a Mach-O program"),
        Nothing("\u00ce\u00fa\u00ed\u00fe", "a Mach-O program"),
        Nothing("\0asm", "a WebAssembly module"),
        Nothing("dex\n03", "an Android program"),
        Nothing("\r\r\n", "compiled Python", Offset: 1, Then: "\0\0\0", ThenAt: 5),
        Nothing("\r\n", "compiled Python", Offset: 2, Then: "\0\0\0\0", ThenAt: 4),
        Nothing("wOFF", "a font"),
        Nothing("wOF2", "a font"),
        Nothing("\0\u0001\0\0\0", "a font"),
        Nothing("OTTO\0", "a font"),
        Nothing("\u0093NUMPY", "a NumPy array"),
        Nothing("GGUF", "model weights"),
        Nothing("DIRC\0\0\0", "a Git index"),
        Nothing("\u00fftOc", "a Git pack index"),
        Nothing("PACK\0\0\0", "a Git pack"),
    ];

    /// <summary>Recognizes <paramref name="head"/>, the beginning of a file; null when no magic number fits.</summary>
    public static Detected? Recognize(ReadOnlySpan<byte> head)
    {
        foreach (var entry in _entries)
        {
            if (entry.Fits(head))
            {
                return entry.Result;
            }
        }

        // Readers of PDF accept junk before the header.
        return head[..Math.Min(head.Length, 1024)].IndexOf("%PDF-"u8) is var pdf && (pdf == 0 || (pdf > 0 && head.Contains((byte)0)))
            ? new Detected(MediaTypes.Pdf)
            : null;
    }

    private static Entry Known(string magic, string mediaType) => new(Latin(magic), 0, null, 0, new Detected(mediaType));

    private static Entry Other(string magic, string what, string advice, int Offset = 0, string? Then = null, int ThenAt = 0) =>
        new(Latin(magic), Offset, Latin(Then), ThenAt, Detected.Unsupported(what, advice));

    private static Entry Nothing(string magic, string what, int Offset = 0, string? Then = null, int ThenAt = 0) =>
        new(Latin(magic), Offset, Latin(Then), ThenAt, Detected.Binary(what));

    private static Entry Image(string magic, string what, string mediaType, int Offset = 0, string? Then = null, int ThenAt = 0) =>
        new(Latin(magic), Offset, Latin(Then), ThenAt, Detected.Image(what, mediaType));

    private static byte[]? Latin(string? text) => text is null ? null : Encoding.Latin1.GetBytes(text);

    private sealed record Entry(byte[]? Magic, int Offset, byte[]? Then, int ThenAt, Detected Result)
    {
        public bool Fits(ReadOnlySpan<byte> head) =>
            head.Length >= Offset && head[Offset..].StartsWith(Magic) && (Then is null || (head.Length >= ThenAt && head[ThenAt..].StartsWith(Then)));
    }
}
