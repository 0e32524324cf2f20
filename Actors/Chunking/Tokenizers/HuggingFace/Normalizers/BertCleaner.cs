using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>The first steps of BertNormalizer: control characters go, white space becomes a space, Chinese characters get spaces around them.</summary>
/// <param name="cleans">Whether to clean.</param>
/// <param name="spacesChinese">Whether to put spaces around Chinese characters.</param>
internal sealed class BertCleaner(bool cleans, bool spacesChinese) : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        var chars = source.Chars;
        var from = source.From;
        var to = source.To;
        for (var i = 0; i < chars.Length;)
        {
            var codePoint = source.CodePointAt(i, out var length);
            var classes = CharacterClasses.Of(codePoint);
            if (cleans)
            {
                if ((classes & CharacterClass.Cleaned) != CharacterClass.None)
                {
                    i += length;
                    continue;
                }

                if ((classes & CharacterClass.Space) != CharacterClass.None)
                {
                    target.Add(' ', from[i], to[i]);
                    i++;
                    continue;
                }
            }

            if (spacesChinese && (classes & CharacterClass.Chinese) != CharacterClass.None)
            {
                target.Add(' ', from[i], to[i]);
                target.Add(source, i, i + length);
                target.Add(' ', from[i], to[i]);
            }
            else
            {
                target.Add(chars[i], from[i], to[i]);
                if (length == 2)
                {
                    target.Add(chars[i + 1], from[i + 1], to[i + 1]);
                }
            }

            i += length;
        }
    }
}
