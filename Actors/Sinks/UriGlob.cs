using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Actors.Sinks;

/// <summary>
/// A glob over document URIs: <c>*</c> within a segment, <c>**</c> across segments, <c>?</c> one character. With a scheme it is matched against the whole URI; with a
/// leading slash against the whole path; otherwise against the end of the path, from any segment on: <c>docs/*.md</c>, <c>**/x.html</c>, <c>example.org/**</c>.
/// Paths are matched as people write them, unescaped. Case matters. Safe for concurrent use.
/// </summary>
internal sealed class UriGlob
{
    private static readonly SearchValues<char> s_schemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    private readonly Regex _regex;

    /// <summary>Reads the glob.</summary>
    public UriGlob(string glob)
    {
        ArgumentException.ThrowIfNullOrEmpty(glob);
        IsWhole = HasScheme(glob);
        var suffix = !IsWhole && !glob.StartsWith('/');
        Pattern = (suffix ? "(?:^|/)" : "^") + Translate(suffix && glob.StartsWith("./", StringComparison.Ordinal) ? glob[2..] : glob) + "$";
        _regex = new Regex(Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>Whether it is matched against the whole URI, escaped or not; otherwise against the unescaped path, alone or behind the host.</summary>
    public bool IsWhole { get; }

    /// <summary>It as a regular expression that databases understand as well: no look-around, no classes but <c>[^/]</c>; the dot is any character.</summary>
    public string Pattern { get; }

    /// <summary>Whether <paramref name="uri"/> matches.</summary>
    public bool IsMatch(string uri)
    {
        if (IsWhole)
        {
            return _regex.IsMatch(uri) || (uri.Contains('%', StringComparison.Ordinal) && _regex.IsMatch(Uri.UnescapeDataString(uri)));
        }

        var (authority, path) = Split(uri);
        return _regex.IsMatch(path) || (authority.Length > 0 && _regex.IsMatch(authority + path));
    }

    private static bool HasScheme(string glob)
    {
        var colon = glob.IndexOf(':', StringComparison.Ordinal);
        return colon > 1 && char.IsAsciiLetter(glob[0]) && !glob.AsSpan(0, colon).ContainsAnyExcept(s_schemeCharacters);
    }

    /// <summary>Host and unescaped path of a URI, without query and fragment.</summary>
    public static (string Authority, string Path) Split(string uri)
    {
        var rest = uri.AsSpan();
        if (rest.IndexOfAny('?', '#') is var end and >= 0)
        {
            rest = rest[..end];
        }

        if (rest.IndexOf(':') is var colon and >= 0)
        {
            rest = rest[(colon + 1)..];
        }

        if (!rest.StartsWith("//"))
        {
            return ("", Uri.UnescapeDataString(rest.ToString()));
        }

        rest = rest[2..];
        var slash = rest.IndexOf('/');
        return slash < 0 ? (rest.ToString(), "") : (rest[..slash].ToString(), Uri.UnescapeDataString(rest[slash..].ToString()));
    }

    private static string Translate(string glob)
    {
        if (glob.EndsWith('/'))
        {
            glob += "**"; // A folder stands for all below it.
        }

        var regex = new StringBuilder(glob.Length * 2);
        for (var i = 0; i < glob.Length; i++)
        {
            if (glob[i] == '?')
            {
                regex.Append("[^/]");
            }
            else if (glob[i] != '*')
            {
                regex.Append(Regex.Escape(glob[i].ToString()));
            }
            else if (i + 1 >= glob.Length || glob[i + 1] != '*')
            {
                regex.Append("[^/]*");
            }
            else
            {
                for (; i + 1 < glob.Length && glob[i + 1] == '*'; i++)
                {
                }

                // Between slashes, two stars stand for any number of segments, none included.
                var folders = i + 1 < glob.Length && glob[i + 1] == '/';
                regex.Append(folders ? "(?:.*/)?" : ".*");
                i += folders ? 1 : 0;
            }
        }

        return regex.ToString();
    }
}
