using System.Reflection;
using System.Runtime.CompilerServices;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>Puts a <see cref="Switchboard"/> before every asynchronous call of a part.</summary>
internal static class CallProxy
{
    /// <summary>Wraps a part.</summary>
    /// <param name="inner">Does the calls.</param>
    /// <param name="part">Its name in the calls' names.</param>
    /// <param name="owner">Who calls.</param>
    /// <param name="board">Where the calls wait.</param>
    public static T Around<T>(T inner, string part, Owner owner, Switchboard board)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, GatedProxy>();
        ((GatedProxy)(object)proxy).Set(inner, part, owner, board);
        return proxy;
    }
}

/// <summary>What <see cref="CallProxy"/> puts around a part.</summary>
public class GatedProxy : DispatchProxy
{
    private static readonly MethodInfo s_task = typeof(GatedProxy).GetMethod(nameof(CallAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private object? _inner;
    private string _part = "";
    private Owner? _owner;
    private Switchboard? _board;

    internal void Set(object inner, string part, Owner owner, Switchboard board) => (_inner, _part, _owner, _board) = (inner, part, owner, board);

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        var name = $"{_part}.{(targetMethod.Name.EndsWith("Async", StringComparison.Ordinal) ? targetMethod.Name[..^5] : targetMethod.Name)}";
        var token = args?.OfType<CancellationToken>().FirstOrDefault() ?? default;
        return targetMethod.ReturnType switch
        {
            var type when type == typeof(Task) => PlainAsync(name, targetMethod, args, token),
            { IsGenericType: true } type when type.GetGenericTypeDefinition() == typeof(Task<>) => s_task.MakeGenericMethod(type.GetGenericArguments()).Invoke(this, [name, targetMethod, args, token]),
            _ => Inner(targetMethod, args),
        };
    }

    private object? Inner(MethodInfo method, object?[]? args) => method.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);

    private Task<bool> PlainAsync(string name, MethodInfo method, object?[]? args, CancellationToken cancellationToken) => _board!.CallAsync(
        _owner!,
        name,
        CallKey.Of(args),
        async _ =>
        {
            await (Task)Inner(method, args)!;
            return true;
        },
        cancellationToken);

    private Task<T> CallAsync<T>(string name, MethodInfo method, object?[]? args, CancellationToken cancellationToken) =>
        _board!.CallAsync(_owner!, name, CallKey.Of(args), _ => (Task<T>)Inner(method, args)!, cancellationToken);
}
