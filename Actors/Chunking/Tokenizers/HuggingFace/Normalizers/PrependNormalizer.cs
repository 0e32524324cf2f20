using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Puts something before a text that is not empty; it has the range of the first character.</summary>
/// <param name="text">What.</param>
internal sealed class PrependNormalizer(string text) : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        if (source.Count > 0)
        {
            target.Add(text, source.From[0], source.To[0]);
            target.Add(source, 0, source.Count);
        }
    }
}
