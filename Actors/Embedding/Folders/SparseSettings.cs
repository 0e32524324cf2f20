namespace Sluice.Actors.Embedding.Folders;

/// <summary>How a sparse model (SPLADE: Formal et al., 2021) makes weights of terms from the scores of its tokens.</summary>
/// <param name="Sums">Whether tokens are summed up; otherwise the largest counts.</param>
/// <param name="Twice">Whether log(1 + x) is taken twice, as SPLADE-v3-like models with <c>log1p_relu</c> want.</param>
internal sealed record SparseSettings(bool Sums, bool Twice);
