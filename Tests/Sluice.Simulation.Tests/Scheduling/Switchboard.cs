using Sluice.Streams.Failures;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>Where every call to sink, ledger and source waits until the simulation lets it through, one by one, in an order that the seed decides.</summary>
internal sealed class Switchboard
{
    private readonly Lock _lock = new();
    private readonly List<Call> _waiting = [];
    private int _executing;

    /// <summary>Told of each call that is let through.</summary>
    public Action<Owner, string, FaultKind> Passed { get; set; } = static (_, _, _) => { };

    /// <summary>Calls that were let through and have not returned.</summary>
    public int Executing => Volatile.Read(ref _executing);

    /// <summary>Makes a call: waits for its turn, does it, fails as the plan says.</summary>
    /// <param name="owner">Who calls.</param>
    /// <param name="method">What.</param>
    /// <param name="key">What it is about, see <see cref="CallKey"/>.</param>
    /// <param name="work">Does it; told of faults that only the callee can act out.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<T> CallAsync<T>(Owner owner, string method, string key, Func<FaultKind, Task<T>> work, CancellationToken cancellationToken)
    {
        var fault = await EnterAsync(owner, method, key, cancellationToken);
        try
        {
            switch (fault)
            {
                case FaultKind.Transient:
                    throw new TransientException($"{method} fails for now");
                case FaultKind.Broken:
                    throw new StorageException($"{method} cannot go on");
                case FaultKind.Crash:
                    throw Owner.Death();
            }

            var result = await work(fault);
            return fault switch
            {
                FaultKind.TransientAfter => throw new TransientException($"the answer of {method} was lost"),
                FaultKind.CrashAfter => throw Owner.Death(),
                _ => result,
            };
        }
        finally
        {
            Interlocked.Decrement(ref _executing);
        }
    }

    /// <summary>Lets calls of owners that do not stand still through: all that only read, and one that writes.</summary>
    /// <returns>False when there is none.</returns>
    public bool LetThrough(Dice dice)
    {
        List<(Call Call, FaultKind Fault)> chosen = [];
        lock (_lock)
        {
            var ready = _waiting.FindAll(static call => !call.Owner.IsFrozen);
            if (ready.Count == 0)
            {
                return false;
            }

            ready.Sort(static (one, other) => string.CompareOrdinal($"{one.Owner.Name} {one.Method} {one.Key}", $"{other.Owner.Name} {other.Method} {other.Key}"));
            var writes = ready.FindAll(static call => !call.OnlyReads);
            var write = writes.Count == 0 ? null : writes[dice.Once(3) ? dice.Next(writes.Count) : 0];
            foreach (var call in ready)
            {
                if (call == write || call.OnlyReads)
                {
                    Choose(call, chosen);
                }
            }
        }

        foreach (var (call, fault) in chosen)
        {
            Passed(call.Owner, call.Method, fault);
            call.Turn.TrySetResult(fault);
        }

        return true;
    }

    /// <summary>The calls of a dead process end.</summary>
    public void Bury(Owner owner)
    {
        List<Call> calls;
        lock (_lock)
        {
            owner.IsDead = true;
            owner.IsFrozen = false;
            calls = _waiting.FindAll(call => call.Owner == owner);
            _waiting.RemoveAll(call => call.Owner == owner);
        }

        calls.ForEach(static call => call.Turn.TrySetException(Owner.Death()));
    }

    public IReadOnlyList<string> Waiting()
    {
        lock (_lock)
        {
            return [.. _waiting.Select(static call => $"{call.Owner.Name} {call.Method}{(call.Owner.IsFrozen ? " (stands still)" : "")}")];
        }
    }

    private void Choose(Call call, List<(Call Call, FaultKind Fault)> chosen)
    {
        var fault = call.Owner.Next(call.Method);
        if (fault == FaultKind.Freeze)
        {
            call.Owner.IsFrozen = true;
            return;
        }

        _waiting.Remove(call);
        Interlocked.Increment(ref _executing);
        chosen.Add((call, fault));
    }

    private async Task<FaultKind> EnterAsync(Owner owner, string method, string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = new Call(owner, method, key);
        lock (_lock)
        {
            if (owner.IsDead)
            {
                throw Owner.Death();
            }

            _waiting.Add(call);
        }

        await using (cancellationToken.Register(() => GiveUp(call, cancellationToken)))
        {
            return await call.Turn.Task;
        }
    }

    private void GiveUp(Call call, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(call))
            {
                return;
            }
        }

        call.Turn.TrySetCanceled(cancellationToken);
    }

    private sealed record Call(Owner Owner, string Method, string Key)
    {
        /// <summary>Not run on another thread: what follows a call goes on where the simulation stands.</summary>
        public TaskCompletionSource<FaultKind> Turn { get; } = new();

        public bool OnlyReads { get; } = Method.Split('.')[1] is var name && (name.StartsWith("List", StringComparison.Ordinal) || name.StartsWith("Find", StringComparison.Ordinal) || name.StartsWith("Account", StringComparison.Ordinal)) && !Method.StartsWith("source", StringComparison.Ordinal);

        public bool Equals(Call? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}
