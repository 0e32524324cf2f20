namespace Sluice.Actors.Embedding;

/// <summary>Something that was understood of a model folder, for people.</summary>
/// <param name="Name">What it is about, in a word or two.</param>
/// <param name="Value">What it is.</param>
/// <param name="Source">The file that says so, relative to the folder; or why it is so when none does.</param>
public sealed record ModelFact(string Name, string Value, string Source);
