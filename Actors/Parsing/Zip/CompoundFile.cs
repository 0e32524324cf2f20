using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Zip;

/// <summary>OLE2 compound files: what an Office document becomes when a password is set, and what the binary formats before 2007 are.</summary>
internal static class CompoundFile
{
    private static ReadOnlySpan<byte> Signature => [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

    /// <summary>Throws when <paramref name="stream"/> is a compound file; else only moves its position.</summary>
    /// <exception cref="DocumentRejectedException">It is one: encrypted, or of an old binary format.</exception>
    public static void Reject(Stream stream)
    {
        Span<byte> head = stackalloc byte[8];
        stream.Position = 0;
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.SequenceEqual(Signature))
        {
            return;
        }

        throw new DocumentRejectedException(HoldsEncryptedPackage(stream)
            ? Rejection.Dead(Reasons.Encrypted, "it is an Office document protected by a password; save it without one and ingest it again")
            : Rejection.Skip(Reasons.UnsupportedType, "it is an Office document of a binary format from before 2007; save it as docx, xlsx or pptx"));
    }

    private static bool HoldsEncryptedPackage(Stream stream)
    {
        var name = System.Text.Encoding.Unicode.GetBytes("EncryptedPackage");
        var buffer = new byte[64 * 1024];
        var kept = 0;
        int read;
        while ((read = stream.Read(buffer, kept, buffer.Length - kept)) > 0)
        {
            var filled = kept + read;
            if (buffer.AsSpan(0, filled).IndexOf(name) >= 0)
            {
                return true;
            }

            kept = Math.Min(filled, name.Length - 1);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }

        return false;
    }
}
