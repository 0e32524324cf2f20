using System.Text;
using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Configuration;

/// <summary>Makes jobs from files and command lines.</summary>
internal static class JobText
{
    /// <summary>Reads a job's file. References to the environment stay as they are: each node has its own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sources">Where this program's own settings come from.</param>
    /// <returns>What to submit.</returns>
    /// <exception cref="ConfigurationException">It cannot be read, or is not a job; the message lists all that is wrong.</exception>
    public static JobSubmission ReadFile(string path, ConfigurationSources sources)
    {
        var file = Path.GetFullPath(path, sources.WorkingDirectory);
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The job '{path}' cannot be read: {exception.Message}", exception);
        }

        var job = Check(path, text, sources);
        if (job.Sources.Count == 0)
        {
            throw new ConfigurationException($"{path} names nothing to ingest: set sluice.job.sources = [\"/data/docs\"].");
        }

        return new JobSubmission(job.Name.Length > 0 ? job.Name : Path.GetFileNameWithoutExtension(file), [.. job.Sources.Select(source => Locate(path, source))], text, job.Weight);
    }

    /// <summary>Makes a job from the settings of a command line.</summary>
    /// <param name="locations">Its sources.</param>
    /// <param name="sources">Where the settings come from; those of the command line are taken.</param>
    /// <param name="weight">Its weight.</param>
    /// <returns>What to submit.</returns>
    /// <exception cref="ConfigurationException">A setting is not one of a job.</exception>
    public static JobSubmission OfCommandLine(IReadOnlyList<SourceLocation> locations, ConfigurationSources sources, int weight)
    {
        var text = new StringBuilder();
        foreach (var setting in sources.Overrides)
        {
            var key = setting.Path.StartsWith("sluice.", StringComparison.Ordinal) ? setting.Path : "sluice." + setting.Path;
            if (key == "sluice.ledger")
            {
                continue; // Of the cluster, and how it was reached.
            }

            text.Append(key).Append(" = ");
            text.Append(setting.Items is { } items ? $"[{string.Join(", ", items.Select(Quote))}]" : Quote(setting.Value)).Append('\n');
        }

        var name = string.Join(' ', locations.Select(static location => Secrets.Redact(location.Text)).Select(static location => location.TrimEnd('/')[(location.TrimEnd('/').LastIndexOf('/') + 1)..]));
        Check("the command line", text.ToString(), sources);
        return new JobSubmission(name.Length > 100 ? name[..100] : name, [.. locations.Select(static location => location.Text)], text.ToString(), weight);
    }

    /// <summary>A source as every node reads it.</summary>
    private static string Locate(string file, string source) => SourceLocation.TryParseAbsolute(source, out var location, out var problem)
        ? location.Text
        : throw new ConfigurationException($"{file}: sluice.job.sources: {Secrets.Redact(problem)} Each node reads it, so that it must be absolute.");

    private static JobOptions Check(string name, string text, ConfigurationSources sources)
    {
        // A secret may be known on the nodes alone.
        var environment = new PresentVariables(sources.Environment);
        return ConfigurationLoader.Load(sources with { Job = (name, text), Environment = environment, Overrides = [] }).Get<JobOptions>();
    }

    private static string Quote(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
