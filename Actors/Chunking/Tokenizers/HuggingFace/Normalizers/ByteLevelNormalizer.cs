using Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Writes each byte of the text's UTF-8 as the character that stands for it.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target) => ByteAlphabet.Write(source, 0, source.Count, target);
}
