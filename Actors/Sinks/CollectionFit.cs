using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Compares the collection that is wanted with what the database can hold and with what is there.</summary>
internal static class CollectionFit
{
    /// <summary>What a run wants to store.</summary>
    public static CollectionInfo Wanted(CollectionSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new(spec.Model.Name, spec.Model.Fingerprint, spec.Model.Kind, spec.Model.Dimension, spec.Model.Distance);
    }

    /// <summary>Refuses what the database cannot hold at all.</summary>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="capabilities">The sink's.</param>
    /// <param name="database">The database's name as people write it.</param>
    /// <param name="maxDimension">Most components of a vector.</param>
    /// <exception cref="CollectionMismatchException">It cannot be held.</exception>
    public static void RequireStorable(CollectionInfo wanted, SinkCapabilities capabilities, string database, int maxDimension)
    {
        if (!capabilities.Kinds.Contains(wanted.Kind))
        {
            throw new CollectionMismatchException(
                $"{database} stores {string.Join(" or ", capabilities.Kinds.Select(Shape))} here; the model '{wanted.ModelName}' makes {Shape(wanted.Kind)}. Use another model or another database.");
        }

        if (!capabilities.Distances.Contains(wanted.Distance))
        {
            throw new CollectionMismatchException(
                $"{database} compares by {string.Join(" or ", capabilities.Distances)} here; the model '{wanted.ModelName}' wants {wanted.Distance}. Use another model or another database.");
        }

        if (wanted.Kind != EmbeddingKind.Sparse && (wanted.Dimension < 1 || wanted.Dimension > maxDimension))
        {
            throw new CollectionMismatchException(
                $"{database} stores vectors of 1 to {maxDimension} dimensions; the model '{wanted.ModelName}' makes {wanted.Dimension}. Use another model or another database.");
        }
    }

    /// <summary>Refuses a collection that holds something else.</summary>
    /// <param name="existing">What is there.</param>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="place">The collection and where it is, for the message: <c>'docs' in Qdrant at host:6333</c>.</param>
    /// <exception cref="CollectionMismatchException">They differ.</exception>
    public static void RequireSame(CollectionInfo existing, CollectionInfo wanted, string place)
    {
        var differences = new List<string>();
        if (existing.Kind != wanted.Kind)
        {
            differences.Add($"it holds {Shape(existing.Kind)}, the model makes {Shape(wanted.Kind)}");
        }

        if (existing.Dimension != wanted.Dimension)
        {
            differences.Add($"its vectors have {existing.Dimension} dimensions, the model's {wanted.Dimension}");
        }

        if (existing.Distance != wanted.Distance)
        {
            differences.Add($"it compares by {existing.Distance}, the model by {wanted.Distance}");
        }

        if (!existing.ModelFingerprint.Equals(wanted.ModelFingerprint, StringComparison.Ordinal))
        {
            differences.Add($"its vectors are from the model '{existing.ModelName}' ({existing.ModelFingerprint}), not from '{wanted.ModelName}' ({wanted.ModelFingerprint})");
        }

        if (differences.Count > 0)
        {
            throw new CollectionMismatchException(
                $"The collection {place} does not fit: {string.Join("; ", differences)}. Use its model, name another collection, or drop it and ingest again.");
        }
    }

    private static string Shape(EmbeddingKind kind) => kind switch
    {
        EmbeddingKind.Dense => "one vector a chunk",
        EmbeddingKind.MultiVector => "several vectors a chunk",
        _ => "sparse vectors",
    };
}
