using System.Globalization;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers;

/// <summary>A source's scope as a range of URIs: one URI, or all that begin with a prefix ending in <c>/</c>.</summary>
/// <param name="First">First URI of the range.</param>
/// <param name="Beyond">First string beyond it, in the order of UTF-8 bytes.</param>
internal readonly record struct LedgerScope(string First, string Beyond)
{
    public static LedgerScope Of(SourceScope scope) => scope.IsPrefix
        ? new(scope.Uri, string.Concat(scope.Uri.AsSpan(0, scope.Uri.Length - 1), "0")) // '0' follows '/'.
        : new(scope.Uri, scope.Uri + "\0");

    /// <summary>What those are told who hold a walk that another one has taken over.</summary>
    public static SupersededException Superseded(Walk walk) => new(string.Create(
        CultureInfo.InvariantCulture, $"Walk {walk.Id} of {walk.Spec.Scope.Uri} into {walk.Spec.Sink} has been taken over by another run, or the ledger was emptied for another one; this one has stopped."));

    /// <summary>What those are told who go on with a listing that the ledger has not as far as they believe.</summary>
    public static ListingLostException ListingLost(Walk walk, string? cursor) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"The ledger has lost the last pages of walk {walk.Id} of {walk.Spec.Scope.Uri} into {walk.Spec.Sink}: its database went back to an earlier state. Nothing was removed. Run again: the listing goes on where the ledger stands."),
        cursor);
}
