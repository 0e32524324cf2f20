using System.Globalization;
using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Http.Clusters;

/// <summary>
/// Which jobs try documents again. Several jobs may fill one database from different sources, and a document is taken up only by a walk over its own source: so each
/// document goes to the latest job that read it, and of that job's sources only those are walked that are needed.
/// </summary>
internal static class ReplayPlan
{
    /// <summary>Makes the plan.</summary>
    /// <param name="asked">The job that was asked; documents that no job's sources cover are left to it, with all its sources.</param>
    /// <param name="others">Other jobs into the same database, latest first.</param>
    /// <param name="documents">URIs of the documents; at least one.</param>
    /// <returns>What to submit; at least one job.</returns>
    public static IReadOnlyList<JobSubmission> Of(JobRecord asked, IReadOnlyList<JobRecord> others, IReadOnlyList<string> documents)
    {
        JobRecord[] jobs = [asked, .. others.Where(other => other.Id != asked.Id)];
        var needed = new Dictionary<JobRecord, HashSet<string>>();
        foreach (var document in documents)
        {
            var job = Array.Find(jobs, job => Covering(job, document) is not null) ?? asked;
            if (!needed.TryGetValue(job, out var sources))
            {
                needed[job] = sources = new HashSet<string>(StringComparer.Ordinal);
            }

            sources.UnionWith(Covering(job, document) is { } source ? [source] : job.Submission.Sources);
        }

        return [.. needed.Select(static pair => pair.Key.Submission with
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"replay of job {pair.Key.Id}"),
            Sources = [.. pair.Key.Submission.Sources.Where(pair.Value.Contains)],
        })];
    }

    /// <summary>The source of a job below which a document lies; null when there is none.</summary>
    private static string? Covering(JobRecord job, string document) =>
        job.Submission.Sources.FirstOrDefault(source => SourceLocation.TryParseAbsolute(source, out var location, out _) && location.MayHold(document));
}
