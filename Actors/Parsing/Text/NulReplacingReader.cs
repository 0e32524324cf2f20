namespace Sluice.Actors.Parsing.Text;

/// <summary>Turns NUL into U+FFFD, one for one: databases refuse NUL in text.</summary>
internal sealed class NulReplacingReader(TextReader inner) : TextReader
{
    public override int Peek() => Replace(inner.Peek());

    public override int Read() => Replace(inner.Read());

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        var read = inner.Read(buffer);
        buffer[..read].Replace('\0', '\uFFFD');
        return read;
    }

    public override Task<int> ReadAsync(char[] buffer, int index, int count) => ReadAsync(buffer.AsMemory(index, count)).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        buffer.Span[..read].Replace('\0', '\uFFFD');
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static int Replace(int character) => character == 0 ? '\uFFFD' : character;
}
