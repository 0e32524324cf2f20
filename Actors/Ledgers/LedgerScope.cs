using System.Globalization;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

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

    /// <summary>What those are told who hold a walk that another one has taken over.</summary>
    public static SupersededException Superseded(Walk walk) => new(string.Create(
        CultureInfo.InvariantCulture, $"Walk {walk.Id} of {walk.Spec.Scope} into {walk.Spec.Sink} has been taken over by another run, or the ledger was emptied for another one; this one has stopped."));
}
