using System.IO.Compression;
using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.TestKit.Hostile;

/// <content>How they are made.</content>
public static partial class HostileFiles
{
    private static HostileFile Indexed(string name, ReadOnlySpan<byte> bytes, string finds) => Fixed(name, bytes, null, null) with { Finds = finds };

    private static HostileFile Skipped(string name, ReadOnlySpan<byte> bytes, string reason) => Fixed(name, bytes, Verdict.Skipped, reason);

    private static HostileFile Dead(string name, ReadOnlySpan<byte> bytes, string reason) => Fixed(name, bytes, Verdict.Dead, reason);

    private static HostileFile Fixed(string name, ReadOnlySpan<byte> bytes, Verdict? verdict, string? reason)
    {
        var content = bytes.ToArray();
        return new(name, stream => stream.Write(content), verdict, reason);
    }

    private static string Repeat(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();

    private static byte[] Gzip(ReadOnlySpan<byte> content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
            gzip.Flush();
        }

        if (content.IsEmpty && memory.Length == 0)
        {
            // The framework writes nothing for nothing: a member with an empty block, then checksum and length.
            memory.Write([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }

        return memory.ToArray();
    }

    private static void GzipZeros(Stream stream, long length) => GzipRepeated(stream, new string('0', 1023) + "\n", length);

    /// <summary>A member of 32 MiB, again and again: a small file that is gigabytes when unpacked.</summary>
    private static void GzipRepeated(Stream stream, string text, long length)
    {
        var member = Gzip(Encoding.ASCII.GetBytes(Repeat(text, (32 << 20) / text.Length)));
        for (var written = 0L; written < length; written += 32 << 20)
        {
            stream.Write(member);
        }
    }

    private static byte[] Layers(int count)
    {
        var content = "at the bottom"u8.ToArray();
        for (var layer = 0; layer < count; layer++)
        {
            content = Gzip(content);
        }

        return content;
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return memory.ToArray();
    }

    private static byte[] Tar()
    {
        using var memory = new MemoryStream();
        using (var tar = new System.Formats.Tar.TarWriter(memory, leaveOpen: true))
        {
            tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "inside.txt") { DataStream = new MemoryStream("inside"u8.ToArray()) });
        }

        return memory.ToArray();
    }

    /// <summary>The beginning of an OLE2 compound file with one entry of that name in its directory.</summary>
    private static byte[] Compound(string entry)
    {
        var file = new byte[4 * 512];
        new byte[] { 0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1 }.CopyTo(file, 0);
        file[30] = 9;
        file[48] = 1;
        Encoding.Unicode.GetBytes(entry).CopyTo(file, 2 * 512);
        return file;
    }

    /// <summary>Writes <paramref name="length"/> letters, mostly, between a beginning and an end, without line ends.</summary>
    private static void Surround(Stream stream, string before, int length, string after)
    {
        stream.Write(Encoding.UTF8.GetBytes(before));
        var block = Encoding.ASCII.GetBytes(Repeat("abcdefghi ", 6_400));
        for (var written = 0; written < length; written += block.Length)
        {
            stream.Write(block);
        }

        stream.Write(Encoding.UTF8.GetBytes(after));
    }
}
