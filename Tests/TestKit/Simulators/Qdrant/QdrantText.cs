using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>Words of a payload's texts as a text index cuts them (tokenizer <c>word</c>), and matches of them.</summary>
internal static class QdrantText
{
    /// <summary>The words.</summary>
    public static List<string> Words(string text, bool fold)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in (fold ? Fold(text) : text).ToLowerInvariant().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                word.Append(rune.ToString());
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    public static bool ContainsPhrase(List<string> words, List<string> phrase)
    {
        for (var start = 0; phrase.Count > 0 && start + phrase.Count <= words.Count; start++)
        {
            if (words.Skip(start).Take(phrase.Count).SequenceEqual(phrase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A path's values in a payload: <c>a.b</c>, <c>a."b.c"</c>; arrays give each of their items.</summary>
    public static IEnumerable<JsonNode?> Values(JsonObject payload, string path)
    {
        IEnumerable<JsonNode?> found = [payload];
        foreach (var key in Keys(path))
        {
            found = [.. found.SelectMany(node => node is JsonObject holder && holder.TryGetPropertyValue(key, out var value) ? Spread(value) : [])];
        }

        return found;
    }

    private static JsonNode?[] Spread(JsonNode? value) => value is JsonArray array ? [.. array] : [value];

    private static List<string> Keys(string path)
    {
        var keys = new List<string>();
        for (var at = 0; at < path.Length;)
        {
            if (path[at] == '"')
            {
                var end = path.IndexOf('"', at + 1);
                if (end < 0)
                {
                    throw QdrantException.Wrong($"Invalid json path: '{path}'");
                }

                keys.Add(path[(at + 1)..end]);
                at = end + 1;
                if (at < path.Length && path[at++] != '.')
                {
                    throw QdrantException.Wrong($"Invalid json path: '{path}'");
                }
            }
            else
            {
                var end = path.IndexOf('.', at) is var dot and >= 0 ? dot : path.Length;
                var key = path[at..end];
                if (key.Length == 0 || key.Any(static character => !char.IsLetterOrDigit(character) && character is not ('_' or '-')))
                {
                    throw QdrantException.Wrong($"Invalid json path: '{path}'");
                }

                keys.Add(key);
                at = end + 1;
            }
        }

        return keys;
    }

    private static string Fold(string text) => string.Concat(text.Normalize(NormalizationForm.FormD)
        .Where(static character => CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark));
}
