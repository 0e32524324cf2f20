using System.Globalization;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>How a worker ended while it parsed a document.</summary>
internal enum WorkerEnd
{
    /// <summary>By itself: the document did it.</summary>
    Crashed,

    /// <summary>By somebody's signal: of a person, or of a system without memory.</summary>
    Killed,

    /// <summary>It needed more memory than it may have.</summary>
    OutOfMemory,

    /// <summary>The machine had no memory for it, which was below its own limit.</summary>
    Starved,

    /// <summary>It no longer said that it lives.</summary>
    Silent,
}

/// <summary>A worker ended while it parsed a document.</summary>
/// <param name="end">How.</param>
/// <param name="words">How, in words: <c>a stack overflow</c>.</param>
internal sealed class WorkerDeathException(WorkerEnd end, string words) : Exception(words)
{
    /// <summary>How.</summary>
    public WorkerEnd End => end;

    /// <summary>What it means for the document, once it is certain.</summary>
    /// <param name="tries">How often it was tried.</param>
    /// <param name="options">The limits.</param>
    public Rejection Verdict(int tries, ParsingOptions options) => end switch
    {
        WorkerEnd.OutOfMemory => Rejection.Dead(Reasons.Bomb, string.Create(
            CultureInfo.InvariantCulture,
            $"parsing it takes more memory than the {options.Workers.EffectiveMaxMemoryBytes >> 20:N0} MiB that a parser may have; raise sluice.parsing.workers.max-memory-bytes, then `sluice dead replay` to read it")),
        WorkerEnd.Starved => Rejection.Dead(Reasons.OutOfMemory, string.Create(
            CultureInfo.InvariantCulture,
            $"the machine had no memory for the process that parsed it, which was below its own limit of {options.Workers.EffectiveMaxMemoryBytes >> 20:N0} MiB; free some, or lower sluice.parsing.workers.count, and run again")),
        WorkerEnd.Killed => Rejection.Dead(Reasons.OutOfMemory, string.Create(
            CultureInfo.InvariantCulture,
            $"the process that parsed it was ended from outside, {tries} times, by {Message}: most likely the machine has no memory left; free some, or lower sluice.parsing.workers.count, and run again")),
        WorkerEnd.Silent => Rejection.Dead(Reasons.TimedOut, string.Create(
            CultureInfo.InvariantCulture,
            $"its parser was stuck for longer than {options.SectionTimeout.TotalSeconds:N0} s and was ended; raise sluice.parsing.section-timeout to wait longer")),
        _ => Rejection.Dead(Reasons.Crashed, string.Create(
            CultureInfo.InvariantCulture,
            $"it ended the process that parsed it alone, {tries} times, by {Message}; no other document was harmed. Please report it with the file; `sluice dead replay` tries it again")),
    };
}
