using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Changes a text before it is cut. Safe for concurrent use.</summary>
internal interface INormalizer
{
    /// <summary>Writes the changed text.</summary>
    /// <param name="source">The text; has no lone surrogates.</param>
    /// <param name="target">Empty; gets the result.</param>
    void Apply(AlignedText source, AlignedText target);
}
