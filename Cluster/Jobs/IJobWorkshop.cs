using Sluice.Actors.Core;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Jobs;

/// <summary>Makes, on a node, what a job needs. Implemented by the host, which knows settings and formats. Safe for concurrent use.</summary>
public interface IJobWorkshop
{
    /// <summary>Reads a job's settings. Opens nothing yet.</summary>
    /// <param name="ticket">The job.</param>
    /// <returns>Its parts; the caller disposes them.</returns>
    /// <exception cref="Streams.Failures.ConfigurationException">The settings cannot be used; the message says all that is wrong.</exception>
    IJobParts Open(JobTicket ticket);

    /// <summary>Finds a model on this node.</summary>
    /// <param name="name">Name or path; empty for the default model.</param>
    /// <param name="fingerprint">What it must be; empty for any.</param>
    /// <returns>Its folder; null when it is not here, or another one is.</returns>
    string? FindModel(string name, string fingerprint);

    /// <summary>Where a model that comes from another node is put.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <returns>A folder that does not exist yet, in the model cache.</returns>
    string PlaceForModel(string name, string fingerprint);
}

/// <summary>What a job needs on a node; each part is opened when it is first asked for.</summary>
public interface IJobParts : IAsyncDisposable
{
    /// <summary>Sizes.</summary>
    PipelineOptions Options { get; }

    /// <summary>Sessions of the model to run at once on an embedding node.</summary>
    int EmbedSessions { get; }

    /// <summary>What becomes of documents that are gone from the source, at the end.</summary>
    PruneMode Prune { get; }

    /// <summary>Name or path of the model, as the job has it; empty for the default.</summary>
    string ModelName { get; }

    /// <summary>Opens one of the job's sources.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <returns>The source.</returns>
    IDocumentSource OpenSource(int index);

    /// <summary>The database.</summary>
    IVectorSink Sink { get; }

    /// <summary>Opens the model.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>It. Owned by the workshop.</returns>
    /// <exception cref="Streams.Failures.ModelException">It is not here, or cannot be used.</exception>
    Task<JobModel> OpenModelAsync(CancellationToken cancellationToken);
}

/// <summary>A model as a job uses it.</summary>
/// <param name="Info">The model.</param>
/// <param name="Parser">Reads documents for it.</param>
/// <param name="Chunker">Cuts for it.</param>
/// <param name="OpenEmbedder">Opens a session.</param>
/// <param name="Configuration">Configuration hash of parser, chunker and model.</param>
public sealed record JobModel(EmbeddingModelInfo Info, IDocumentParser Parser, IChunker Chunker, Func<IEmbedder> OpenEmbedder, string Configuration);
