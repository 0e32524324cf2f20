using System.Reflection;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Tests.Core;

/// <summary>A ledger whose database takes commits back: chunks, or pages of a listing, that it confirmed are not there.</summary>
public class ForgetfulLedger : DispatchProxy
{
    private ILedger? _inner;
    private Func<bool> _forgets = static () => false;
    private Func<ListingPage, bool> _loses = static _ => false;

    /// <summary>Wraps a ledger.</summary>
    /// <param name="inner">The ledger; every other call is passed on to it.</param>
    /// <param name="forgets">Asked at each call that records chunks: whether they are forgotten.</param>
    public static ILedger Around(ILedger inner, Func<bool> forgets)
    {
        var proxy = Create<ILedger, ForgetfulLedger>();
        ((ForgetfulLedger)(object)proxy)._inner = inner;
        ((ForgetfulLedger)(object)proxy)._forgets = forgets;
        return proxy;
    }

    /// <summary>Wraps a ledger that loses pages.</summary>
    /// <param name="inner">The ledger; every other call is passed on to it.</param>
    /// <param name="loses">Asked at each page: whether it is lost.</param>
    public static ILedger LosingPages(ILedger inner, Func<ListingPage, bool> loses)
    {
        var proxy = Around(inner, static () => false);
        ((ForgetfulLedger)(object)proxy)._loses = loses;
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        if (targetMethod.Name == nameof(ILedger.AddListingAsync) && _loses((ListingPage)args![1]!))
        {
            return Task.FromResult(0);
        }

        return targetMethod.Name == nameof(ILedger.RecordChunksAsync) && _forgets()
            ? Task.FromResult<IReadOnlySet<DocumentId>>(new HashSet<DocumentId>())
            : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
