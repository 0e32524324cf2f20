using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Removes characters of a class: the marks that decomposition has set apart.</summary>
/// <param name="classes">What goes.</param>
internal sealed class ClassRemover(CharacterClass classes) : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        for (var i = 0; i < source.Count;)
        {
            if (!CharacterClasses.Is(source.CodePointAt(i, out var length), classes))
            {
                target.Add(source, i, i + length);
            }

            i += length;
        }
    }
}
