using System.IO.Compression;
using System.Text;

namespace Sluice.Actors.Parsing.Detection;

/// <summary>Tells what a zip or OLE2 file is by its directory, without unpacking more than a few bytes.</summary>
internal static class ZipInspector
{
    private const string Unpack = "unpack it and ingest its files";

    /// <summary>Looks into a zip file. Leaves <paramref name="stream"/> at its beginning.</summary>
    public static Detected Zip(Stream stream, string fileName)
    {
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            return Decide(archive);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException or OverflowException)
        {
            return FileTypes.IsPacked(fileName)
                ? Detected.Corrupt($"the zip directory of this {Path.GetExtension(fileName).ToLowerInvariant()} file is damaged or missing: it ends too early; fetch or save it again")
                : Detected.Unsupported("a damaged zip archive", Unpack);
        }
        finally
        {
            stream.Position = 0;
        }
    }

    /// <summary>Looks into an OLE2 compound file by the names in its directory sectors.</summary>
    public static Detected Compound(ReadOnlySpan<byte> head, Stream? stream)
    {
        var encrypted = Holds(head, "EncryptedPackage") || Holds(head, "EncryptionInfo");
        if (!encrypted && stream is { CanSeek: true, Length: > 0 })
        {
            encrypted = DirectoryHolds(stream, "EncryptedPackage");
            stream.Position = 0;
        }

        return encrypted
            ? new(string.Empty, Streams.Failures.Rejection.Dead(
                Streams.Failures.Reasons.Encrypted,
                "an Office document protected by a password; save it without the password"))
            : Detected.Unsupported("an Office document in the old binary form (.doc, .xls, .ppt, .msg)", "save it as DOCX, XLSX, PPTX or PDF");
    }

    private static Detected Decide(ZipArchive archive)
    {
        var office = false;
        foreach (var entry in archive.Entries)
        {
            switch (entry.FullName)
            {
                case "word/document.xml" or "word/document2.xml":
                    return new(MediaTypes.Word);
                case "ppt/presentation.xml":
                    return new(MediaTypes.Slides);
                case "xl/workbook.xml":
                    return new(MediaTypes.Spreadsheet);
                case "xl/workbook.bin":
                    return Detected.Unsupported("a binary workbook (.xlsb)", "save it as XLSX");
                case "META-INF/container.xml":
                    return new(MediaTypes.Epub);
                case "mimetype" when ReadStart(entry) is var type && type.StartsWith(MediaTypes.Epub, StringComparison.Ordinal):
                    return new(MediaTypes.Epub);
                case "mimetype" when ReadStart(entry).StartsWith("application/vnd.oasis.opendocument", StringComparison.Ordinal):
                    return Detected.Unsupported("an OpenDocument file", "save it as DOCX, XLSX, PPTX or PDF");
                case "META-INF/MANIFEST.MF":
                    return Detected.Binary("a Java archive");
                case "[Content_Types].xml":
                    office = true;
                    break;
                default:
                    break;
            }
        }

        return office
            ? Detected.Corrupt("an Office package without its main part; open and save it again")
            : Detected.Unsupported("a zip archive", Unpack);
    }

    private static string ReadStart(ZipArchiveEntry entry)
    {
        Span<byte> start = stackalloc byte[64];
        using var content = entry.Open();
        var read = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return Encoding.Latin1.GetString(start[..read]);
    }

    /// <summary>Whether the first directory sector, or one of the few after it, names an entry <paramref name="name"/>.</summary>
    private static bool DirectoryHolds(Stream stream, string name)
    {
        Span<byte> header = stackalloc byte[512];
        stream.Position = 0;
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return false;
        }

        var shift = BitConverter.ToUInt16(header[30..]);
        var sector = BitConverter.ToUInt32(header[48..]);
        if (shift is < 7 or > 16)
        {
            return false;
        }

        var position = (sector + 1L) << shift;
        if (position >= stream.Length)
        {
            return false;
        }

        stream.Position = position;
        var directory = new byte[4 << shift];
        var read = stream.ReadAtLeast(directory, directory.Length, throwOnEndOfStream: false);
        return Holds(directory.AsSpan(0, read), name);
    }

    private static bool Holds(ReadOnlySpan<byte> bytes, string name) => bytes.IndexOf(Encoding.Unicode.GetBytes(name)) >= 0;
}
