namespace Sluice.Actors.Embedding.Default;

/// <summary>A file whose content is known beforehand.</summary>
/// <param name="Path">Path below its folder, with slashes.</param>
/// <param name="Sha256">Its hash, in lower-case hexadecimal.</param>
internal sealed record PinnedFile(string Path, string Sha256);
