using System.Text;
using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>Ids of tokens by name, from the tokenizer's file: a token's name need not be a text that is cut to it.</summary>
internal static class TokenLookup
{
    /// <summary>Looks tokens up.</summary>
    /// <param name="file"><c>tokenizer.json</c> or <c>vocab.txt</c>.</param>
    /// <param name="names">The tokens.</param>
    /// <returns>The ids of those that there are.</returns>
    /// <exception cref="ModelException">The file cannot be read.</exception>
    public static Dictionary<string, int> Find(string file, IReadOnlySet<string> names)
    {
        try
        {
            var found = new Dictionary<string, int>(StringComparer.Ordinal);
            if (Path.GetExtension(file) == ".txt")
            {
                var number = 0;
                foreach (var line in File.ReadLines(file, Encoding.UTF8))
                {
                    Keep(line, number++);
                }

                return found;
            }

            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            var vocabulary = json.RootElement.GetProperty("model").GetProperty("vocab");
            if (vocabulary.ValueKind == JsonValueKind.Object)
            {
                foreach (var entry in vocabulary.EnumerateObject())
                {
                    Keep(entry.Name, entry.Value.GetInt32());
                }
            }
            else
            {
                var number = 0;
                foreach (var entry in vocabulary.EnumerateArray())
                {
                    Keep(entry[0].GetString() ?? "", number++);
                }
            }

            if (json.RootElement.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
            {
                foreach (var entry in added.EnumerateArray())
                {
                    Keep(entry.GetProperty("content").GetString() ?? "", entry.GetProperty("id").GetInt32());
                }
            }

            return found;

            void Keep(string name, int id)
            {
                if (names.Contains(name))
                {
                    found[name] = id;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw new ModelException($"{file}: it is not laid out as the tokenizers library writes it ({e.Message}). Download it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{file}: it cannot be read ({e.Message}).", e);
        }
    }
}
