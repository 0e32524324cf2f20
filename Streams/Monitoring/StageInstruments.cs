using System.Diagnostics.Metrics;

namespace Sluice.Streams.Monitoring;

/// <summary>The instruments that a stage's meter tells, beside keeping its own counts; null ones are not told.</summary>
/// <param name="Items">Items that left the stage.</param>
/// <param name="Weight">Their weight.</param>
/// <param name="Durations">How long a piece of work took, in seconds.</param>
/// <param name="Tags">What goes with the counters: few and bounded.</param>
/// <param name="DurationTags">What goes with the durations.</param>
public sealed record StageInstruments(
    Counter<long>? Items,
    Counter<long>? Weight,
    Histogram<double>? Durations,
    KeyValuePair<string, object?>[] Tags,
    KeyValuePair<string, object?>[] DurationTags);
