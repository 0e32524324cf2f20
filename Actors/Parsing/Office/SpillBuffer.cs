namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// Bytes that are appended and then read at any place: in memory up to a limit, from there on in a temporary file that is deleted on closing. Not safe for
/// concurrent use.
/// </summary>
internal sealed class SpillBuffer(int heldBytes) : IDisposable
{
    private readonly MemoryStream _held = new();
    private FileStream? _file;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_file is null && _held.Length + bytes.Length > heldBytes)
        {
            var path = Path.Combine(Path.GetTempPath(), $"sluice-{Guid.NewGuid():N}");
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        }

        if (_file is null)
        {
            _held.Write(bytes);
        }
        else
        {
            if (_file.Position != _file.Length)
            {
                _file.Position = _file.Length;
            }

            _file.Write(bytes);
        }

        Length += bytes.Length;
    }

    /// <summary>Reads bytes that were appended together.</summary>
    /// <param name="offset">Length before they were appended.</param>
    /// <param name="bytes">Filled.</param>
    public void Read(long offset, Span<byte> bytes)
    {
        if (offset < _held.Length)
        {
            _held.GetBuffer().AsSpan((int)offset, bytes.Length).CopyTo(bytes);
            return;
        }

        _file!.Position = offset - _held.Length;
        _file.ReadExactly(bytes);
    }

    public void Dispose()
    {
        _held.Dispose();
        _file?.Dispose();
    }
}
