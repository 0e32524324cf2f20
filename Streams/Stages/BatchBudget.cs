namespace Sluice.Streams.Stages;

/// <summary>
/// Most padded tokens (rows x longest row) of a batch: a number that is given, or one that is found while batches run. It begins at <see cref="Least"/> and doubles as long as that
/// makes the model faster by a twentieth, the memory of the machine allows it and no batch is refused for lack of memory. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A size is judged by the padded tokens per second of <see cref="Judged"/> batches that nearly fill it, after two that are not counted: the first batch of a new size pays for its
/// memory. Once a doubling has not paid, the search is over. A refusal is heeded at any time.
/// </remarks>
public sealed class BatchBudget
{
    /// <summary>Where the search begins: what a processor runs best.</summary>
    public const int Least = 1024;

    /// <summary>Where it ends.</summary>
    public const int Most = 65_536;

    /// <summary>Batches that a size is judged by.</summary>
    public const int Judged = 8;

    private const int Unjudged = 2;
    private const double Worthwhile = 1.05;
    private readonly Lock _lock = new();
    private readonly Func<bool> _mayGrow;
    private int _tokens;
    private int _ceiling = Most;
    private int _best;
    private double _bestRate;
    private int _seen;
    private long _padded;
    private TimeSpan _time;
    private bool _searching;

    private BatchBudget(int tokens, bool searching, Func<bool> mayGrow)
    {
        _tokens = tokens;
        _searching = searching;
        IsFound = searching;
        _mayGrow = mayGrow;
    }

    /// <summary>The budget at the moment, from 1.</summary>
    public int Tokens => Volatile.Read(ref _tokens);

    /// <summary>Whether it finds its own value.</summary>
    public bool IsFound { get; }

    /// <summary>Whether it is still looking for a better value.</summary>
    public bool IsSearching
    {
        get
        {
            lock (_lock)
            {
                return _searching;
            }
        }
    }

    /// <summary>One that stays as it is.</summary>
    /// <param name="tokens">Padded tokens, from 1.</param>
    public static BatchBudget Fixed(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        return new BatchBudget(tokens, false, static () => false);
    }

    /// <summary>One that finds its value.</summary>
    /// <param name="mayGrow">Whether there is memory for a larger one; null: while this process has less than half of what it may have.</param>
    public static BatchBudget Found(Func<bool>? mayGrow = null) => new(Least, true, mayGrow ?? HasMemory);

    /// <summary>What is meant for a batch of <see cref="Least"/> tokens, for one of this size; as it is where the size is given.</summary>
    /// <param name="value">Rows, say.</param>
    public int Scale(int value) => IsFound ? (int)Math.Min(int.MaxValue, value * Math.Max(1L, Tokens / Least)) : value;

    /// <summary>Takes note that a batch has run.</summary>
    /// <param name="paddedTokens">Its padded tokens.</param>
    /// <param name="elapsed">How long the model took.</param>
    public void Ran(int paddedTokens, TimeSpan elapsed)
    {
        lock (_lock)
        {
            // Batches of an earlier size, and the rest of a window, say nothing of this one.
            if (!_searching || paddedTokens > _tokens || paddedTokens < _tokens / 4 * 3 || ++_seen <= Unjudged)
            {
                return;
            }

            _padded += paddedTokens;
            _time += elapsed;
            if (_seen == Unjudged + Judged)
            {
                Judge(_padded / Math.Max(_time.TotalSeconds, 1e-6));
            }
        }
    }

    /// <summary>Takes note that a batch did not fit in memory.</summary>
    /// <param name="paddedTokens">Its padded tokens.</param>
    public void Refused(int paddedTokens)
    {
        lock (_lock)
        {
            if (IsFound)
            {
                _ceiling = Math.Clamp(paddedTokens / 2, 1, _ceiling);
                if (_tokens > _ceiling)
                {
                    Settle(_best > 0 ? Math.Min(_best, _ceiling) : _ceiling);
                }
            }
        }
    }

    private static bool HasMemory() => Environment.WorkingSet < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    private void Judge(double rate)
    {
        if (_best > 0 && rate < _bestRate * Worthwhile)
        {
            Settle(_best);
            return;
        }

        _best = _tokens;
        _bestRate = rate;
        if (_tokens > _ceiling / 2 || !_mayGrow())
        {
            Settle(_tokens);
            return;
        }

        Volatile.Write(ref _tokens, 2 * _tokens);
        _seen = 0;
        _padded = 0;
        _time = TimeSpan.Zero;
    }

    private void Settle(int tokens)
    {
        Volatile.Write(ref _tokens, tokens);
        _searching = false;
    }
}
