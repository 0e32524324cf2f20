namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>A text that waits to be embedded, and whoever waits for it.</summary>
/// <param name="ids">Its tokens.</param>
/// <param name="isQuery">Whether it is embedded as a query.</param>
/// <param name="cancellationToken">Cancelled when nobody waits any more.</param>
internal sealed class WaitingText(int[] ids, bool isQuery, CancellationToken cancellationToken)
{
    /// <summary>Its tokens.</summary>
    public int[] Ids { get; } = ids;

    /// <summary>What it counts for while it waits, in tokens; also a text without any takes room.</summary>
    public long Weight => Math.Max(1, Ids.Length);

    /// <summary>Whether it is embedded as a query.</summary>
    public bool IsQuery { get; } = isQuery;

    /// <summary>Whether it goes before those that are not.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>Cancelled when nobody waits any more.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The answer.</summary>
    public TaskCompletionSource<Embedding> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it is in a batch, or given up: where it still stands it is passed over.</summary>
    public bool IsTaken { get; set; }
}
