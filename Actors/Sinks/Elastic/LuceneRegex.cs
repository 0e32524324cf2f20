using System.Text;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>A URI glob's pattern in Lucene's language of regular expressions: always matched against the whole term, without groups that are not captured.</summary>
internal static class LuceneRegex
{
    /// <summary>Translates it.</summary>
    public static string Translate(UriGlob glob)
    {
        ArgumentNullException.ThrowIfNull(glob);
        var pattern = glob.Pattern.AsSpan();
        var regex = new StringBuilder(pattern.Length + 16);
        const string AnySegment = "(?:^|/)";
        if (pattern.StartsWith(AnySegment))
        {
            regex.Append("(.*/)?");
            pattern = pattern[AnySegment.Length..];
        }
        else
        {
            pattern = pattern[1..]; // The anchor at the start.
        }

        pattern = pattern[..^1]; // The anchor at the end.
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\' when i + 1 < pattern.Length:
                    Append(regex, Unescape(pattern[++i]));
                    break;
                case '(' when pattern[i..].StartsWith("(?:"):
                    regex.Append('(');
                    i += 2;
                    break;
                case '[' when pattern[i..].StartsWith("[^/]"):
                    regex.Append("[^/]");
                    i += 3;
                    break;
                case '.' or '*' or '?' or ')':
                    regex.Append(pattern[i]);
                    break;
                default:
                    Append(regex, pattern[i]);
                    break;
            }
        }

        return regex.ToString();
    }

    private static void Append(StringBuilder regex, char literal)
    {
        if (literal < 128 && !char.IsAsciiLetterOrDigit(literal) && literal is not ('/' or '-' or '_' or ' ' or ':') && !char.IsControl(literal))
        {
            regex.Append('\\');
        }

        regex.Append(literal);
    }

    /// <summary>What the escape of a single character stands for.</summary>
    private static char Unescape(char escaped) => escaped switch
    {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\f',
        _ => escaped,
    };
}
