using System.Text.RegularExpressions;

namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>What Weaviate takes as a name, and how it cuts text into tokens.</summary>
internal static partial class WeaviateNames
{
    private static readonly string[] s_reserved = ["id", "_id", "_additional"];

    // The server's English preset.
    private static readonly HashSet<string> s_stopwords = new(StringComparer.Ordinal)
    {
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their", "then",
        "there", "these", "they", "this", "to", "was", "will", "with",
    };

    public static bool IsClass(string name) => ClassName().IsMatch(name);

    public static bool IsProperty(string name) => PropertyName().IsMatch(name) && !s_reserved.Contains(name);

    public static bool IsStopword(string token) => s_stopwords.Contains(token);

    /// <summary>Cuts text into tokens.</summary>
    public static List<string> Tokenize(string text, string tokenization) => tokenization switch
    {
        "field" => [text.Trim()],
        "whitespace" => [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
        "lowercase" => [.. text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
        _ => [.. Word().Matches(text.ToLowerInvariant()).Select(static match => match.Value)],
    };

    [GeneratedRegex("^[A-Z][_0-9A-Za-z]{0,254}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex ClassName();

    [GeneratedRegex("^[_A-Za-z][_0-9A-Za-z]{0,230}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex PropertyName();

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Word();
}
