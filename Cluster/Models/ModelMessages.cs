namespace Sluice.Cluster.Models;

/// <summary>To other nodes: who has this model? Answered with <see cref="ModelFound"/> by those that do.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Fingerprint">What it must be; empty for any.</param>
internal sealed record FindModel(string Model, string Fingerprint);

/// <summary>The answer.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Fingerprint">As asked.</param>
/// <param name="Files">Its files; none when it cannot be sent, any more.</param>
internal sealed record ModelFound(string Model, string Fingerprint, IReadOnlyList<ModelFile> Files);

/// <summary>A file of a model.</summary>
/// <param name="Path">Relative to its folder, with forward slashes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Hash.</param>
internal sealed record ModelFile(string Path, long Length, ReadOnlyMemory<byte> Sha256);

/// <summary>To a node that has a model: send it. Answered with <see cref="ModelOpened"/>.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Fingerprint">As asked.</param>
internal sealed record FetchModel(string Model, string Fingerprint);

/// <summary>The answer: take it from here.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Fingerprint">As asked.</param>
/// <param name="Source">A source reference of <see cref="FilePiece"/>.</param>
internal sealed record ModelOpened(string Model, string Fingerprint, object Source);

/// <summary>A piece of a file.</summary>
/// <param name="Path">Relative to the model's folder, with forward slashes.</param>
/// <param name="Offset">Where it goes, in bytes.</param>
/// <param name="Data">The bytes.</param>
internal sealed record FilePiece(string Path, long Offset, ReadOnlyMemory<byte> Data);
