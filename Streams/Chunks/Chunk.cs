using Sluice.Streams.Documents;

namespace Sluice.Streams.Chunks;

/// <summary>What is embedded: a text that fits the model, with its tokens and its place; or an image, see <see cref="Image"/>.</summary>
/// <param name="Id">Stable id.</param>
/// <param name="Text">The text as the document has it, or that describes the image; what is shown and searched.</param>
/// <param name="Tokens">Token ids for the model in use, special tokens and context included; never more than the model takes. Empty for an image. Not changed after construction.</param>
/// <param name="Place">Where it stands.</param>
public sealed record Chunk(ChunkId Id, string Text, ReadOnlyMemory<int> Tokens, Place Place)
{
    /// <summary>Headings above it, outermost first.</summary>
    public IReadOnlyList<string> HeadingPath { get; init; } = [];

    /// <summary>Title of its document, where known.</summary>
    public string? Title { get; init; }

    /// <summary>Metadata of the document and of the section; null when there is none.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What is embedded instead of the text; null for text, and once it is embedded.</summary>
    public PreparedImage? Image { get; init; }

    /// <summary>What a network computes for it: the number of its tokens, or of an image's positions.</summary>
    public int Positions => Image?.Positions ?? Tokens.Length;

    /// <summary>What it weighs in a buffer, in bytes: text, tokens, pixels and a constant for the rest.</summary>
    public long Weight => 256 + (2L * Text.Length) + (4L * Tokens.Length) + (Image?.Weight ?? 0);
}
