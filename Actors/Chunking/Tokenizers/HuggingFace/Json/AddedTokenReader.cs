using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Reads the added tokens of a file.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads them.</summary>
    /// <param name="part">The list; may be missing.</param>
    /// <param name="model">The model.</param>
    /// <param name="normalizers">The normalizers, which those go through that are looked for in normalized text.</param>
    /// <param name="plain">Gets those that are looked for in the text as given.</param>
    /// <param name="normalized">Gets those that are looked for in the normalized text.</param>
    /// <returns>One more than the largest id.</returns>
    /// <exception cref="ModelException">They are broken.</exception>
    public static int Read(JsonPart part, TokenModel model, INormalizer[] normalizers, List<AddedToken> plain, List<AddedToken> normalized)
    {
        var count = 0;
        if (!part.IsSet)
        {
            return count;
        }

        foreach (var item in part.Items)
        {
            item.Expect("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var content = item["content"].Text;
            var id = item["id"].Integer;
            if (model.Find(content) is var known && known >= 0 && known != id)
            {
                throw new ModelException($"{part.File}: the added token '{content}' has the id {id}, and in the vocabulary the id {known}. Download it again.");
            }

            count = Math.Max(count, id + 1);
            var isNormalized = item["normalized"].FlagOr(!item["special"].FlagOr(false));
            (isNormalized ? normalized : plain).Add(new AddedToken(
                id, isNormalized ? Normalize(content, normalizers) : content, item["single_word"].FlagOr(false), item["lstrip"].FlagOr(false), item["rstrip"].FlagOr(false)));
        }

        return count;
    }

    private static string Normalize(string content, INormalizer[] normalizers)
    {
        var text = new AlignedText();
        text.Load(content);
        foreach (var normalizer in normalizers)
        {
            var next = new AlignedText();
            normalizer.Apply(text, next);
            text = next;
        }

        return text.Chars.ToString();
    }
}
