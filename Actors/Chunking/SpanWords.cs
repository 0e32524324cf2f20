namespace Sluice.Actors.Chunking;

/// <summary>Walks the words of a text without making strings.</summary>
internal ref struct SpanWords(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly SpanWords GetEnumerator() => this;

    public bool MoveNext()
    {
        _rest = _rest.TrimStart();
        var length = 0;
        while (length < _rest.Length && !char.IsWhiteSpace(_rest[length]))
        {
            length++;
        }

        Current = _rest[..length];
        _rest = _rest[length..];
        return length > 0;
    }
}
