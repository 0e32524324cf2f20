using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Jobs;

/// <summary>To a job: begin; answered with <see cref="JobEnded"/>, or a failure.</summary>
internal sealed record StartJob;

/// <summary>To a job: stop cleanly.</summary>
internal sealed record StopJob;

/// <summary>From a job: it is over.</summary>
/// <param name="Accounting">By the ledger.</param>
/// <param name="Interrupted">Whether it was stopped.</param>
/// <param name="Removed">Documents removed.</param>
/// <param name="Warnings">What a person should know.</param>
internal sealed record JobEnded(Accounting Accounting, bool Interrupted, long Removed, IReadOnlyList<string> Warnings)
{
    /// <summary>Documents that are gone and were not removed, because nobody agreed to so many.</summary>
    public long Withheld { get; init; }
}
