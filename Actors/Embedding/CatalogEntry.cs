namespace Sluice.Actors.Embedding;

/// <summary>A folder among the models.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FolderPath">Its absolute path.</param>
/// <param name="Folder">The model; null when it cannot be used.</param>
/// <param name="Fault">Why it cannot be used; null when it can.</param>
public sealed record CatalogEntry(string Name, string FolderPath, ModelFolder? Folder, string? Fault);
