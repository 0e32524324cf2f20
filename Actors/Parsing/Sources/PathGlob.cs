using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// A glob over paths with <c>/</c>: <c>*</c>, <c>?</c> and <c>[a-z]</c> within a name, <c>**</c> over folders, <c>{a,b}</c> for alternatives. Case-sensitive. Without
/// a <c>/</c> it matches names at any depth; with one at its end, a folder with all in it. Immutable. Time is at most the product of the lengths.
/// </summary>
internal sealed class PathGlob
{
    private const int MostAlternatives = 256;

    private readonly List<string[]> _alternatives = [];

    public PathGlob(string pattern)
    {
        if (string.IsNullOrWhiteSpace(pattern))
        {
            throw new ConfigurationException("a glob in sluice.source.include or sluice.source.exclude is empty; remove it or write one such as **/*.md.");
        }

        RequireClosed(pattern);
        foreach (var alternative in Expand(pattern))
        {
            var folder = alternative.EndsWith('/');
            var trimmed = folder ? alternative[..^1] : alternative;
            trimmed = trimmed.StartsWith("./", StringComparison.Ordinal) ? trimmed[2..] : trimmed;
            var anchored = trimmed.Contains('/', StringComparison.Ordinal);
            string[] segments = [.. trimmed.TrimStart('/').Split('/'), .. folder ? ["**"] : Array.Empty<string>()];
            _alternatives.Add(anchored ? segments : ["**", .. segments]);
        }
    }

    /// <summary>Whether the whole of <paramref name="path"/>, relative and without a leading <c>/</c>, matches.</summary>
    public bool Matches(string path)
    {
        var segments = path.Split('/');
        foreach (var alternative in _alternatives)
        {
            if (Matches(alternative, segments))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(string[] pattern, string[] path)
    {
        // Greedy with one point to come back to: enough for stars, and never exponential.
        var (at, segment, star, resume) = (0, 0, -1, 0);
        while (segment < path.Length)
        {
            if (at < pattern.Length && pattern[at] == "**")
            {
                star = at++;
                resume = segment;
            }
            else if (at < pattern.Length && MatchesName(pattern[at], path[segment]))
            {
                at++;
                segment++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                segment = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (at < pattern.Length && pattern[at] == "**")
        {
            at++;
        }

        return at == pattern.Length;
    }

    private static bool MatchesName(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (at, position, star, resume) = (0, 0, -1, 0);
        while (position < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                resume = position;
            }
            else if (at < pattern.Length && MatchesOne(pattern, at, name, position, out var next, out var length))
            {
                at = next;
                position += length;
            }
            else if (star >= 0)
            {
                at = star + 1;
                position = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (at < pattern.Length && pattern[at] == '*')
        {
            at++;
        }

        return at == pattern.Length;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, int at, ReadOnlySpan<char> name, int position, out int next, out int length)
    {
        length = char.IsHighSurrogate(name[position]) && position + 1 < name.Length && char.IsLowSurrogate(name[position + 1]) ? 2 : 1;
        next = at + 1;
        switch (pattern[at])
        {
            case '?':
                return true;
            case '[' when pattern[(at + 1)..].IndexOf(']') is > 0 and var end:
                next = at + end + 2;
                length = 1;
                return InClass(pattern.Slice(at + 1, end), name[position]);
            case '\\' when at + 1 < pattern.Length:
                next = at + 2;
                length = 1;
                return pattern[at + 1] == name[position];
            default:
                length = 1;
                return pattern[at] == name[position];
        }
    }

    private static bool InClass(ReadOnlySpan<char> characters, char character)
    {
        var negated = characters[0] is '!' or '^';
        characters = negated ? characters[1..] : characters;
        for (var at = 0; at < characters.Length; at++)
        {
            if (at + 2 < characters.Length && characters[at + 1] == '-')
            {
                if (character >= characters[at] && character <= characters[at + 2])
                {
                    return !negated;
                }

                at += 2;
            }
            else if (characters[at] == character)
            {
                return !negated;
            }
        }

        return negated;
    }

    /// <summary>A bracket that is never closed would match itself alone, and so nothing.</summary>
    private static void RequireClosed(string pattern)
    {
        var braces = 0;
        for (var at = 0; at < pattern.Length; at++)
        {
            switch (pattern[at])
            {
                case '\\':
                    at++;
                    break;
                case '[':
                    var end = pattern.AsSpan(at + 1).IndexOf(']');
                    var slash = pattern.AsSpan(at + 1).IndexOf('/');
                    if (end <= 0 || (slash >= 0 && slash < end))
                    {
                        throw new ConfigurationException($"the glob '{pattern}' opens a [ that no ] closes; write [a-z] for one of several characters, or \\[ for the character itself.");
                    }

                    at += end + 1;
                    break;
                case '{':
                    braces++;
                    break;
                case '}':
                    braces -= braces > 0 ? 1 : 0;
                    break;
            }
        }

        if (braces > 0)
        {
            throw new ConfigurationException($"the glob '{pattern}' opens a {{ that no }} closes; write {{md,txt}} for alternatives, or [{{] for the character itself.");
        }
    }

    private static List<string> Expand(string pattern)
    {
        var done = new List<string>();
        var open = new Queue<string>([pattern]);
        while (open.TryDequeue(out var next))
        {
            var start = next.IndexOf('{', StringComparison.Ordinal);
            var end = start < 0 ? -1 : next.IndexOf('}', start);
            if (end < 0)
            {
                done.Add(next);
            }
            else
            {
                // The innermost braces first: the last opening one before this closing one.
                start = next.LastIndexOf('{', end);
                foreach (var choice in next[(start + 1)..end].Split(','))
                {
                    open.Enqueue(string.Concat(next.AsSpan(0, start), choice, next.AsSpan(end + 1)));
                }
            }

            if (done.Count + open.Count > MostAlternatives)
            {
                throw new ConfigurationException($"the glob '{pattern}' has more than {MostAlternatives} alternatives; write several globs.");
            }
        }

        return done;
    }
}
