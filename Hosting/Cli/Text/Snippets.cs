using System.Text;

namespace Sluice.Hosting.Cli.Text;

/// <summary>Shows the part of a text that answers a question, with the question's words marked.</summary>
internal static class Snippets
{
    private const int ShortestWord = 3;

    /// <summary>The words of a question that are worth marking.</summary>
    /// <param name="question">The question.</param>
    /// <returns>Its words of at least three letters, each once.</returns>
    public static IReadOnlyList<string> WordsOf(string question) =>
        [.. Words(question).Select(word => question.Substring(word.Start, word.Length)).Where(static word => word.Length >= ShortestWord || word.Any(char.IsDigit)).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The window of the text that holds most of the words.</summary>
    /// <param name="text">The text, in one line.</param>
    /// <param name="words">The words.</param>
    /// <param name="length">Characters in the window.</param>
    /// <returns>The window, with an ellipsis where the text goes on.</returns>
    public static string Window(string text, IReadOnlyList<string> words, int length)
    {
        if (text.Length <= length || length <= 0)
        {
            return length <= 0 ? "" : text;
        }

        var matches = Words(text).Where(word => IsMatch(text.AsSpan(word.Start, word.Length), words)).ToList();
        var start = 0;
        var best = 0;
        for (var first = 0; first < matches.Count; first++)
        {
            var within = matches.Skip(first).TakeWhile(match => match.Start + match.Length <= matches[first].Start + (length * 3 / 4))
                .Select(match => text.Substring(match.Start, match.Length).ToUpperInvariant()).Distinct(StringComparer.Ordinal).Count();
            if (within > best)
            {
                best = within;
                start = Math.Max(0, matches[first].Start - (length / 4));
            }
        }

        start = Math.Min(start, text.Length - length);
        if (start > 0)
        {
            var space = text.IndexOf(' ', start);
            start = space >= 0 && space < start + 24 ? space + 1 : start;
            start += char.IsLowSurrogate(text[start]) ? 1 : 0;
        }

        var end = Math.Min(text.Length, start + length);
        if (end < text.Length)
        {
            var space = text.LastIndexOf(' ', end - 1, Math.Min(24, end - start));
            end = space > start ? space : end;
            end -= char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
        }

        return (start > 0 ? "… " : "") + text[start..end] + (end < text.Length ? " …" : "");
    }

    /// <summary>Marks the words in a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="words">The words.</param>
    /// <param name="ansi">Colours.</param>
    /// <returns>The line with the words marked.</returns>
    public static string Highlight(string line, IReadOnlyList<string> words, Ansi ansi)
    {
        if (!ansi.Enabled)
        {
            return line;
        }

        var marked = new StringBuilder(line.Length + 64);
        var done = 0;
        foreach (var (start, length) in Words(line))
        {
            if (IsMatch(line.AsSpan(start, length), words))
            {
                marked.Append(line, done, start - done).Append(ansi.Match(line.Substring(start, length)));
                done = start + length;
            }
        }

        return marked.Append(line, done, line.Length - done).ToString();
    }

    /// <summary>The same word, or one that differs in a short ending: index, indexes, indexing.</summary>
    private static bool IsMatch(ReadOnlySpan<char> candidate, IReadOnlyList<string> words)
    {
        foreach (var word in words)
        {
            var shared = candidate.CommonPrefixLength(word, CharacterComparer.Instance);
            var longest = Math.Max(candidate.Length, word.Length);
            if (shared == longest || (shared >= 4 && longest - shared <= 3))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<(int Start, int Length)> Words(string text)
    {
        var start = -1;
        for (var index = 0; index <= text.Length; index++)
        {
            var isWord = index < text.Length && (char.IsLetterOrDigit(text[index]) || text[index] == '_');
            if (isWord && start < 0)
            {
                start = index;
            }
            else if (!isWord && start >= 0)
            {
                yield return (start, index - start);
                start = -1;
            }
        }
    }

    private sealed class CharacterComparer : IEqualityComparer<char>
    {
        public static readonly CharacterComparer Instance = new();

        public bool Equals(char x, char y) => char.ToUpperInvariant(x) == char.ToUpperInvariant(y);

        public int GetHashCode(char obj) => char.ToUpperInvariant(obj);
    }
}
