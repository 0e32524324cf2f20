using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Streams;

/// <summary>UUID version 5 (RFC 9562, section 5.5): SHA-1 of a namespace and a name.</summary>
public static class NameBasedGuid
{
    /// <summary>The name space of URLs, RFC 9562 section 6.6.</summary>
    public static readonly Guid UrlNamespace = new("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>Makes the UUID of <paramref name="name"/> (as UTF-8) in <paramref name="nameSpace"/>.</summary>
    /// <param name="nameSpace">The namespace.</param>
    /// <param name="name">The name.</param>
    /// <returns>The UUID.</returns>
    public static Guid Create(Guid nameSpace, ReadOnlySpan<char> name) => Create(nameSpace, name, default);

    /// <summary>Makes the UUID of the name <paramref name="first"/> followed by <paramref name="second"/> in <paramref name="nameSpace"/>.</summary>
    /// <param name="nameSpace">The namespace.</param>
    /// <param name="first">The name's beginning.</param>
    /// <param name="second">The name's rest.</param>
    /// <returns>The UUID.</returns>
    public static Guid Create(Guid nameSpace, ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var length = 16 + Encoding.UTF8.GetByteCount(first) + Encoding.UTF8.GetByteCount(second);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = rented.AsSpan(0, length);
            nameSpace.TryWriteBytes(bytes, bigEndian: true, out _);
            var written = 16 + Encoding.UTF8.GetBytes(first, bytes[16..]);
            Encoding.UTF8.GetBytes(second, bytes[written..]);
            Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // UUIDv5 is defined over SHA-1; nothing here is a secret.
            SHA1.HashData(bytes, hash);
#pragma warning restore CA5350
            hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
            hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
            return new Guid(hash[..16], bigEndian: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
