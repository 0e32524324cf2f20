using System.Reflection;

namespace Sluice.TestKit;

/// <summary>Breaks parts at a call: what a run does up to that call is what a crash before it leaves behind.</summary>
public static class Tripwire
{
    /// <summary>Wraps a part.</summary>
    /// <param name="inner">The part; every call is passed on to it.</param>
    /// <param name="trip">Given a method's name, the exception to throw in place of the call; null to let it pass.</param>
    public static T Around<T>(T inner, Func<string, Exception?> trip)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, TripwireProxy>();
        ((TripwireProxy)(object)proxy).Set(inner, trip);
        return proxy;
    }
}

/// <summary>What <see cref="Tripwire"/> puts around a part.</summary>
public class TripwireProxy : DispatchProxy
{
    private object? _inner;
    private Func<string, Exception?> _trip = static _ => null;

    internal void Set(object inner, Func<string, Exception?> trip) => (_inner, _trip) = (inner, trip);

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        return _trip(targetMethod.Name) is { } exception ? throw exception : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
