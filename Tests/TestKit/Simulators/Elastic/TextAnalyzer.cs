using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>
/// The parts of an analyzer that the sink declares: a mapping character filter, the standard tokenizer (runs of letters, digits and marks; Han and kana one by one), lower
/// case, folding of accents, and a stemmer that takes a plural s away, which is as much as tests need.
/// </summary>
internal sealed class TextAnalyzer
{
    private readonly Dictionary<char, string> _replaced = [];
    private readonly List<string> _filters = [];

    /// <summary>Reads a named analyzer from the settings of an index.</summary>
    /// <exception cref="ElasticException">It is not defined, or uses what is not.</exception>
    public TextAnalyzer(JsonElement analysis, string name)
    {
        if (name == "standard")
        {
            _filters.Add("lowercase");
            return;
        }

        var analyzer = Find(analysis, "analyzer", name) ?? throw new ElasticException(400, "mapper_parsing_exception", $"analyzer [{name}] has not been configured in mappings");
        if (Text(analyzer, "type") is not ("custom" or null) || Text(analyzer, "tokenizer") != "standard")
        {
            throw ElasticException.Illegal($"analyzer [{name}]: the simulator knows custom ones of the standard tokenizer");
        }

        foreach (var filter in List(analyzer, "char_filter"))
        {
            var definition = Find(analysis, "char_filter", filter) ?? throw ElasticException.Illegal($"Custom Analyzer [{name}] failed to find char_filter under name [{filter}]");
            foreach (var mapping in List(definition, "mappings"))
            {
                var parts = mapping.Split("=>");
                var from = Unescape(parts[0].Trim());
                _replaced[from.Length == 1 ? from[0] : throw ElasticException.Illegal($"mapping [{mapping}]: the simulator maps single characters")] = Unescape(parts[1].Trim());
            }
        }

        foreach (var filter in List(analyzer, "filter"))
        {
            if (filter is "lowercase" or "asciifolding")
            {
                _filters.Add(filter);
                continue;
            }

            var definition = Find(analysis, "filter", filter) ?? throw ElasticException.Illegal($"Custom Analyzer [{name}] failed to find filter under name [{filter}]");
            _filters.Add(Text(definition, "type") == "stemmer" && Text(definition, "language") is not null ? "stemmer" : throw ElasticException.Illegal($"filter [{filter}] is not known to the simulator"));
        }
    }

    /// <summary>The words of a text, in order.</summary>
    public List<string> Analyze(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in Replace(text).EnumerateRunes())
        {
            if (IsIdeographic(rune))
            {
                End(word, words);
                word.Append(rune.ToString());
                End(word, words);
            }
            else if (Rune.IsLetterOrDigit(rune) || rune.Value == '_' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                word.Append(rune.ToString());
            }
            else
            {
                End(word, words);
            }
        }

        End(word, words);
        return words;
    }

    private string Replace(string text)
    {
        if (_replaced.Count == 0)
        {
            return text;
        }

        var replaced = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            _ = _replaced.TryGetValue(character, out var other) ? replaced.Append(other) : replaced.Append(character);
        }

        return replaced.ToString();
    }

    private void End(StringBuilder word, List<string> words)
    {
        if (word.Length == 0)
        {
            return;
        }

        var text = word.ToString();
        word.Clear();
        foreach (var filter in _filters)
        {
            text = filter switch
            {
                "lowercase" => text.ToLowerInvariant(),
                "asciifolding" => Fold(text),
                _ => text.Length > 3 && text.EndsWith('s') && !text.EndsWith("ss", StringComparison.Ordinal) ? text[..^1] : text,
            };
        }

        if (text.Length > 0)
        {
            words.Add(text);
        }
    }

    private static string Fold(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var folded = new StringBuilder(text.Length);
        foreach (var character in text.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark)
            {
                folded.Append(character);
            }
        }

        return folded.ToString().Normalize(NormalizationForm.FormC);
    }

    private static bool IsIdeographic(Rune rune) => rune.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0x20000 and <= 0x3FFFF);

    private static string Unescape(string text) =>
        text.StartsWith("\\u", StringComparison.Ordinal) ? ((char)int.Parse(text.AsSpan(2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString() : text;

    private static JsonElement? Find(JsonElement analysis, string kind, string name) =>
        analysis.ValueKind == JsonValueKind.Object && analysis.TryGetProperty(kind, out var all) && all.TryGetProperty(name, out var found) ? found : null;

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static IEnumerable<string> List(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value.EnumerateArray().Select(static item => item.GetString()!) : [];
}
