namespace Sluice.Streams.Stages;

/// <summary>
/// Most padded tokens (rows x longest row) of a batch: a number that is given, or one that is found while batches run. The search begins at <see cref="Least"/> and doubles as long
/// as that makes the model faster by a twentieth, the memory of the machine allows it and no batch is refused for lack of memory. Safe for concurrent use.
/// </summary>
/// <remarks>
/// While it searches, batches of a size and of twice that size take turns, so that whatever else the machine does slows both alike. Each that nearly fills its size is a sample: its
/// tokens, padding left out, per second of the model. The difference decides once it is 2.5 standard errors away from the twentieth, or is given up after
/// <see cref="Samples"/> of each size. A refusal is heeded at any time.
/// </remarks>
public sealed class BatchBudget
{
    /// <summary>Where the search begins: what a processor runs best.</summary>
    public const int Least = 1024;

    /// <summary>Where it ends.</summary>
    public const int Most = 65_536;

    /// <summary>Most batches of a size that are compared with those of another.</summary>
    public const int Samples = 32;

    private const int FewestSamples = 6;
    private const double Worthwhile = 1.05;
    private const double Errors = 2.5;
    private readonly Lock _lock = new();
    private readonly Func<bool> _mayGrow;
    private readonly Rates _small = new();
    private readonly Rates _large = new();
    private int _tokens;
    private int _size;
    private int _ceiling = Most;
    private bool _searching;

    private BatchBudget(int tokens, bool searching, Func<bool> mayGrow)
    {
        _tokens = tokens;
        _size = tokens;
        _searching = searching;
        IsFound = searching;
        _mayGrow = mayGrow;
    }

    /// <summary>The budget of the next batch, from 1.</summary>
    public int Tokens => Volatile.Read(ref _tokens);

    /// <summary>The best budget known so far, from 1.</summary>
    public int Best => Volatile.Read(ref _size);

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

    /// <summary>What a setting asks for.</summary>
    /// <param name="tokens">Padded tokens; 0 for one that finds its value.</param>
    public static BatchBudget Of(int tokens) => tokens == 0 ? Found() : Fixed(tokens);

    /// <summary>One that finds its value.</summary>
    /// <param name="mayGrow">Whether there is memory for a larger one; null: while this process has less than half of what it may have.</param>
    public static BatchBudget Found(Func<bool>? mayGrow = null) => new(Least, true, mayGrow ?? HasMemory);

    /// <summary>What is meant for a batch of <see cref="Least"/> tokens, for one of this size; as it is where the size is given.</summary>
    /// <param name="value">Rows, say.</param>
    public int Scale(int value) => IsFound ? (int)Math.Min(int.MaxValue, value * Math.Max(1L, Tokens / Least)) : value;

    /// <summary>Takes note that a batch has run.</summary>
    /// <param name="tokens">Its tokens, padding left out.</param>
    /// <param name="paddedTokens">Its padded tokens.</param>
    /// <param name="elapsed">How long the model took.</param>
    public void Ran(int tokens, int paddedTokens, TimeSpan elapsed)
    {
        lock (_lock)
        {
            if (!_searching || elapsed <= TimeSpan.Zero)
            {
                return;
            }

            // What fills neither size, the rest of a window say, tells nothing of either.
            if (Fills(paddedTokens, _size))
            {
                _small.Add(tokens / elapsed.TotalSeconds);
            }
            else if (Fills(paddedTokens, 2 * _size))
            {
                _large.Add(tokens / elapsed.TotalSeconds);
            }
            else
            {
                return;
            }

            Judge();
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
                if (Tokens > _ceiling || _size > _ceiling)
                {
                    Settle(Math.Min(_size, _ceiling));
                }
            }
        }
    }

    private static bool HasMemory() => Environment.WorkingSet < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    private static bool Fills(int paddedTokens, int size) => paddedTokens <= size && paddedTokens > size / 4 * 3;

    private void Judge()
    {
        if (_small.Count >= FewestSamples && _large.Count >= FewestSamples)
        {
            var gain = _large.Mean - (_small.Mean * Worthwhile);
            var error = Errors * Math.Sqrt(_large.ErrorSquared + (_small.ErrorSquared * Worthwhile * Worthwhile));
            if (gain > error)
            {
                Volatile.Write(ref _size, 2 * _size);
                _small.Clear();
                _large.Clear();
            }
            else if (gain < -error || (_small.Count >= Samples && _large.Count >= Samples))
            {
                Settle(_size);
                return;
            }
        }

        if (_size > _ceiling / 2 || !_mayGrow())
        {
            Settle(_size);
            return;
        }

        Volatile.Write(ref _tokens, _small.Count > _large.Count ? 2 * _size : _size);
    }

    private void Settle(int tokens)
    {
        Volatile.Write(ref _size, tokens);
        Volatile.Write(ref _tokens, tokens);
        _searching = false;
    }

    /// <summary>Samples of a size, by Welford's method. The first two, which pay for the memory of a new size, are left out.</summary>
    private sealed class Rates
    {
        private const int LeftOut = 2;
        private int _seen;
        private double _squares;

        public int Count => Math.Max(0, _seen - LeftOut);

        public double Mean { get; private set; }

        /// <summary>Square of the mean's standard error.</summary>
        public double ErrorSquared => _squares / Math.Max(1, Count - 1) / Count;

        public void Add(double rate)
        {
            if (++_seen > LeftOut)
            {
                var away = rate - Mean;
                Mean += away / Count;
                _squares += away * (rate - Mean);
            }
        }

        public void Clear()
        {
            _seen = 0;
            _squares = 0;
            Mean = 0;
        }
    }
}
