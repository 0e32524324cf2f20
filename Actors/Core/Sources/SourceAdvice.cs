using System.Globalization;

namespace Sluice.Actors.Core.Sources;

/// <summary>What somebody can do when a source is lost, in words that are true where it was lost.</summary>
internal sealed record SourceAdvice
{
    private SourceAdvice(string whatNow, string back, string meant, string gone) => (WhatNow, Back, Meant, Gone) = (whatNow, back, meant, gone);

    /// <summary>A run of one machine: it ends, and the next one lists the source from its beginning.</summary>
    public static SourceAdvice OfRun { get; } = new(
        "The run ends here, and nothing was removed",
        "and run again",
        "run again as well: it lists the source from its beginning, and asks before it removes a large part",
        "run again with --prune");

    /// <summary>What happens, as the beginning of a sentence.</summary>
    public string WhatNow { get; }

    /// <summary>After "bring it back".</summary>
    public string Back { get; }

    /// <summary>After "if another source in its place is meant".</summary>
    public string Meant { get; }

    /// <summary>After "if documents are meant to be gone".</summary>
    public string Gone { get; }

    /// <summary>Something else is in the source's place.</summary>
    /// <param name="message">What is there.</param>
    /// <returns>The words.</returns>
    public string Replaced(string? message) => $"{message}. {WhatNow}. Bring back what was there, or mount it, {Back}; if the change is meant, {Meant}";

    /// <summary>A job of a cluster: it waits, and lists the source anew only when somebody says that this is meant.</summary>
    /// <param name="job">The job.</param>
    /// <returns>The words.</returns>
    public static SourceAdvice OfJob(long job)
    {
        var resume = string.Create(CultureInfo.InvariantCulture, $"sluice job resume {job}");
        return new(
            "Nothing was removed",
            "and the job goes on by itself",
            $"{resume} lists the source from its beginning, and asks before it removes a large part",
            $"{resume} --prune agrees");
    }
}
