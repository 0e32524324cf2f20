using Sluice.Actors.Core;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Models;

/// <summary>Opens a job's model on this node; gets it from another node when it is not here.</summary>
internal static class ModelFinder
{
    /// <summary>Opens it.</summary>
    /// <param name="services">The node.</param>
    /// <param name="job">The job.</param>
    /// <param name="fingerprint">What the model must be; empty for whatever its name means here.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ModelException">No node has it, or it is damaged; the message says what was tried.</exception>
    public static async Task<JobModel> OpenAsync(NodeServices services, IJobParts job, string fingerprint, CancellationToken cancellationToken)
    {
        ModelException missing;
        try
        {
            var model = await job.OpenModelAsync(cancellationToken);
            if (fingerprint.Length == 0 || model.Info.Fingerprint.Equals(fingerprint, StringComparison.Ordinal))
            {
                return model;
            }

            missing = new ModelException($"the model '{Name(job)}' of this node is not the one the job uses (fingerprint {model.Info.Fingerprint}, wanted {fingerprint})");
        }
        catch (ModelException exception)
        {
            missing = exception;
        }

        var answer = await services.Models.AskLivingAsync<object>(new ModelsActor.GetModel(job.ModelName, fingerprint), cancellationToken);
        if (answer is ModelsActor.ModelMissing none)
        {
            throw new ModelException($"{missing.Message} No other node has it either ({none.Asked}). Put it into this node's model cache, or give its path in a folder that all nodes share.", missing);
        }

        var fetched = await job.OpenModelAsync(cancellationToken);
        return fingerprint.Length == 0 || fetched.Info.Fingerprint.Equals(fingerprint, StringComparison.Ordinal)
            ? fetched
            : throw new ModelException($"the model '{Name(job)}' that came from another node is not the one the job uses (fingerprint {fetched.Info.Fingerprint}, wanted {fingerprint}).");
    }

    private static string Name(IJobParts job) => job.ModelName.Length == 0 ? "default" : job.ModelName;
}
