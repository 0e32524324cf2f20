using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core;

/// <summary>What a run would do to what is there.</summary>
/// <param name="Collection">The collection as it is; null when there is none.</param>
/// <param name="ModelChanged">Whether its vectors are of another model, so that all of them have to go.</param>
/// <param name="Outdated">Documents of this source that were indexed with other settings (parser, chunker, model) and are processed again.</param>
/// <param name="ChunksLost">Chunks of the collection that are dropped because the model changed.</param>
public sealed record IngestionPlan(CollectionInfo? Collection, bool ModelChanged, long Outdated, long ChunksLost)
{
    /// <summary>Whether something that is indexed would be embedded again, which a person should agree to.</summary>
    public bool NeedsConsent => (ModelChanged && ChunksLost > 0) || Outdated > 0;

    /// <summary>Says it in words.</summary>
    /// <param name="model">The model of the run.</param>
    /// <returns>One or two sentences.</returns>
    public string Describe(EmbeddingModelInfo model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelChanged
            ? $"The collection holds {ChunksLost:N0} chunks embedded with {Collection!.ModelName}; vectors of {model.Name} cannot stand beside them, so all of them would be dropped, and every source would have to be ingested again."
            : $"{Outdated:N0} documents of this source were indexed with other settings (chunking, parsers or model version) and would be embedded again.";
    }
}
