namespace Sluice.Streams.Stages;

/// <summary>How chunks are packed into batches.</summary>
/// <param name="MaxTokens">Most tokens of a chunk: what the model takes.</param>
/// <param name="Budget">Most padded tokens a batch (rows x longest row); one row is always allowed.</param>
/// <param name="MaxRows">Most rows a batch; of one whose budget is found: for each 1,024 tokens of it.</param>
/// <param name="WindowTokens">Tokens that are held to choose from: the larger, the less padding, the more memory and delay. At least eight batches where the budget is found.</param>
/// <param name="FlushAge">Longest that chunks wait for a full batch while the embedder is idle.</param>
public sealed record PackingOptions(int MaxTokens, BatchBudget Budget, int MaxRows, int WindowTokens, TimeSpan FlushAge)
{
    /// <summary>Most bytes of images that are held to choose from, beyond one group: an image weighs much and counts few tokens.</summary>
    public const long WindowImageBytes = 32L << 20;

    private const int BatchesInWindow = 8;

    /// <summary>Most rows of a batch at the moment.</summary>
    public int Rows => Budget.Scale(MaxRows);

    /// <summary>Tokens that are held to choose from at the moment.</summary>
    public int Window => Budget.IsFound ? Math.Max(WindowTokens, BatchesInWindow * Budget.Tokens) : WindowTokens;
}
