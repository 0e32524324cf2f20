using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Counts what a sink had to cut, by kind. Safe for concurrent use.</summary>
internal sealed class TruncationLog
{
    /// <summary>Kinds that are told apart; what comes later is counted under one name.</summary>
    private const int MaxKinds = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Truncation> _kinds = new(StringComparer.Ordinal);

    /// <summary>What was cut so far, the most frequent first.</summary>
    public IReadOnlyList<Truncation> Items
    {
        get
        {
            lock (_lock)
            {
                return [.. _kinds.Values.OrderByDescending(static kind => kind.Records)];
            }
        }
    }

    /// <summary>Counts one.</summary>
    /// <param name="what">What was cut and why; few different ones: no value of the record in it.</param>
    /// <param name="record">The record it was cut from.</param>
    public void Add(string what, VectorRecord record)
    {
        lock (_lock)
        {
            what = _kinds.Count < MaxKinds || _kinds.ContainsKey(what) ? what : "other parts of records";
            var before = _kinds.GetValueOrDefault(what);
            _kinds[what] = before is null ? new Truncation(what, 1, record.Chunk.Id, record.Uri) : before with { Records = before.Records + 1 };
        }
    }
}
