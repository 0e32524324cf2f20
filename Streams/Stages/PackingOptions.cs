namespace Sluice.Streams.Stages;

/// <summary>How chunks are packed into batches.</summary>
/// <param name="MaxTokens">Most tokens of a chunk: what the model takes.</param>
/// <param name="PaddedTokenBudget">Most padded tokens a batch (rows x longest row); one row is always allowed.</param>
/// <param name="MaxRows">Most rows a batch.</param>
/// <param name="WindowTokens">Tokens that are held to choose from: the larger, the less padding, the more memory and delay.</param>
/// <param name="FlushAge">Longest that chunks wait for a full batch while the embedder is idle.</param>
public sealed record PackingOptions(int MaxTokens, int PaddedTokenBudget, int MaxRows, int WindowTokens, TimeSpan FlushAge)
{
    /// <summary>Most bytes of images that are held to choose from, beyond one group: an image weighs much and counts few tokens.</summary>
    public const long WindowImageBytes = 32L << 20;
}
