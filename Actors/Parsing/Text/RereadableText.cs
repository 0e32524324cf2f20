namespace Sluice.Actors.Parsing.Text;

/// <summary>A text whose beginning can be looked at before it is read. Does not dispose the reader below.</summary>
internal sealed class RereadableText(TextReader inner) : TextReader
{
    private ReadOnlyMemory<char> _ahead;

    /// <summary>The first <paramref name="count"/> characters, or all there are; they are read again afterwards.</summary>
    public async ValueTask<ReadOnlyMemory<char>> PeekAsync(int count, CancellationToken cancellationToken)
    {
        var buffer = new char[count];
        var read = await inner.ReadBlockAsync(buffer, cancellationToken).ConfigureAwait(false);
        _ahead = buffer.AsMemory(0, read);
        return _ahead;
    }

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer) => _ahead.IsEmpty ? inner.Read(buffer) : TakeAhead(buffer);

    public override Task<int> ReadAsync(char[] buffer, int index, int count) => ReadAsync(buffer.AsMemory(index, count)).AsTask();

    public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default) =>
        _ahead.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : new(TakeAhead(buffer.Span));

    private int TakeAhead(Span<char> buffer)
    {
        var count = Math.Min(buffer.Length, _ahead.Length);
        _ahead.Span[..count].CopyTo(buffer);
        _ahead = _ahead[count..];
        return count;
    }
}
