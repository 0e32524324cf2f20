using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Text;

/// <summary>Lets no more than so many characters through between two calls of <see cref="Reset"/>, so that a reader above cannot gather one endless token. Does not dispose the reader below.</summary>
internal sealed class MeteredText(TextReader inner, int limit) : TextReader
{
    private int _passed;

    /// <summary>A token was completed.</summary>
    public void Reset() => _passed = 0;

    public override int Peek() => inner.Peek();

    public override int Read() => inner.Read() is >= 0 and var character ? Count(character, 1) : -1;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        var read = inner.Read(buffer);
        return Count(read, read);
    }

    public override Task<int> ReadAsync(char[] buffer, int index, int count) => ReadAsync(buffer.AsMemory(index, count)).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Count(read, read);
    }

    private int Count(int result, int characters)
    {
        _passed += characters;
        return _passed <= limit
            ? result
            : throw new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, $"one tag, attribute or declaration is longer than {limit:N0} characters"));
    }
}
