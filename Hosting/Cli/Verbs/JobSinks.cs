using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>Finds the database that a job writes to.</summary>
internal static class JobSinks
{
    /// <summary>The name under which the ledger keeps that database. Nothing is connected to.</summary>
    public static string NameOf(JobRecord job, VerbContext context)
    {
        var settings = ConfigurationLoader.Load(context.Sources with
        {
            Job = ($"job {job.Id}", job.Submission.Settings),
            Environment = new PresentVariables(context.Sources.Environment),
        });
        var uri = DatabaseUris.From(settings.Get<SluiceOptions>(), context.Host.WorkingDirectory).Sink;
        var sink = context.Rooms.OpenSink(uri);
        return sink.Name;
    }
}
