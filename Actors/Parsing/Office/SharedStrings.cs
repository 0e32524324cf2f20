using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Sluice.Actors.Parsing.Zip;

namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// The strings that a workbook's cells refer to by number, as UTF-8: at most 32 MiB of text and 8 MiB of index in memory, the rest in temporary files, so memory
/// stays flat however many there are. A string beyond <see cref="MaxString"/> characters is cut there (Excel's own limit is 32,767). Not safe for concurrent use.
/// </summary>
internal sealed class SharedStrings : IDisposable
{
    /// <summary>Longest string, in characters.</summary>
    public const int MaxString = 32 * 1024;

    private const int CacheSize = 1024;
    private const int EntryLength = 12;

    private readonly SpillBuffer _text = new(32 << 20);
    private readonly SpillBuffer _index = new(8 << 20);
    private readonly (long Index, string? Text)[] _cache = new (long, string?)[CacheSize];
    private readonly Action<long>? _given;

    private SharedStrings(Action<long>? given) => _given = given;

    /// <summary>How many there are.</summary>
    public long Count => _index.Length / EntryLength;

    /// <summary>Reads the part.</summary>
    /// <param name="xml">The part; null for none.</param>
    /// <param name="given">Told the length of each string as often as it is given out; null where nobody counts.</param>
    /// <returns>The strings; owned by the caller.</returns>
    public static SharedStrings Read(XmlPart? xml, Action<long>? given = null)
    {
        var strings = new SharedStrings(given);
        try
        {
            var text = new StringBuilder();
            while (xml is not null && xml.ReadTo("si"))
            {
                text.Clear();
                RichText.Read(xml, text, MaxString);
                strings.Add(text);
            }

            return strings;
        }
        catch
        {
            strings.Dispose();
            throw;
        }
    }

    /// <summary>The string of a number; null when there is none.</summary>
    public string? Find(long index)
    {
        if (index < 0 || index >= Count)
        {
            return null;
        }

        ref var cached = ref _cache[index % CacheSize];
        if (cached.Text is null || cached.Index != index)
        {
            Span<byte> entry = stackalloc byte[EntryLength];
            _index.Read(index * EntryLength, entry);
            var length = BinaryPrimitives.ReadInt32LittleEndian(entry[8..]);
            var bytes = ArrayPool<byte>.Shared.Rent(length);
            _text.Read(BinaryPrimitives.ReadInt64LittleEndian(entry), bytes.AsSpan(0, length));
            cached = (index, Encoding.UTF8.GetString(bytes, 0, length));
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _given?.Invoke(cached.Text.Length);
        return cached.Text;
    }

    public void Dispose()
    {
        _text.Dispose();
        _index.Dispose();
    }

    private void Add(StringBuilder text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = 0;
        foreach (var piece in text.GetChunks())
        {
            length += Encoding.UTF8.GetBytes(piece.Span, bytes.AsSpan(length));
        }

        Span<byte> entry = stackalloc byte[EntryLength];
        BinaryPrimitives.WriteInt64LittleEndian(entry, _text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], length);
        _index.Append(entry);
        _text.Append(bytes.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
