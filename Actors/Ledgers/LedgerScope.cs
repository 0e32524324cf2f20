namespace Sluice.Actors.Ledgers;

/// <summary>A source's scope as a range of URIs: one URI, or all that begin with a prefix ending in <c>/</c>.</summary>
/// <param name="First">First URI of the range.</param>
/// <param name="Beyond">First string beyond it, in the order of UTF-8 bytes.</param>
internal readonly record struct LedgerScope(string First, string Beyond)
{
    public static LedgerScope Of(string scope) => scope.EndsWith('/')
        ? new(scope, string.Concat(scope.AsSpan(0, scope.Length - 1), "0")) // '0' follows '/'.
        : new(scope, scope + "\0");

    /// <summary>Whether the two scopes can hold the same document.</summary>
    public static bool Overlap(string one, string other) =>
        one.Equals(other, StringComparison.Ordinal)
        || (one.EndsWith('/') && other.StartsWith(one, StringComparison.Ordinal))
        || (other.EndsWith('/') && one.StartsWith(other, StringComparison.Ordinal));
}
