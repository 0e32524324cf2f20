using System.Reflection;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Tests.Core;

/// <summary>A ledger whose database takes commits back: chunks that it confirmed are not there.</summary>
public class ForgetfulLedger : DispatchProxy
{
    private ILedger? _inner;
    private Func<bool> _forgets = static () => false;

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

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        return targetMethod.Name == nameof(ILedger.RecordChunksAsync) && _forgets()
            ? Task.FromResult<IReadOnlySet<DocumentId>>(new HashSet<DocumentId>())
            : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
