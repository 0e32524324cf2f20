using System.Text;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// The filters of a search, for databases that know wildcards but not globs: <see cref="Pattern"/> is a wildcard expression that matches all that the glob matches and
/// perhaps more, and <see cref="Accept"/> decides about each hit.
/// </summary>
internal sealed class HitFilter
{
    private readonly UriGlob? _glob;
    private readonly IReadOnlyDictionary<string, string> _metadata;

    /// <summary>Reads the filters of a query.</summary>
    public HitFilter(SearchQuery query)
    {
        _glob = query.UriGlob is { } glob ? new UriGlob(glob) : null;
        _metadata = query.Metadata;
        Glob = query.UriGlob;
    }

    /// <summary>The glob; null for none.</summary>
    public string? Glob { get; }

    /// <summary>Whether the glob is matched against the whole URI rather than against host and path.</summary>
    public bool IsWhole => _glob is { IsWhole: true };

    /// <summary>Tags that a hit must have; empty for all hits.</summary>
    public IReadOnlyList<string> Tags => [.. _metadata.Select(static pair => MetadataTags.Create(pair.Key, pair.Value))];

    /// <summary>Whether everything passes.</summary>
    public bool IsEmpty => _glob is null && _metadata.Count == 0;

    /// <summary>What a hit must pass, beside what a search asks for; null when all do.</summary>
    public Func<SearchHit, bool>? Accept(Func<SearchHit, bool>? besides) =>
        IsEmpty ? besides : hit => (_glob is null || _glob.IsMatch(hit.Uri)) && MetadataTags.Matches(hit.Metadata, _metadata) && (besides is null || besides(hit));

    /// <summary>The glob as an expression with one kind of wildcard; what an expression, its quotes or a URI's escapes may take for something else becomes a wildcard too.</summary>
    /// <param name="any">Stands for any number of characters.</param>
    public string Pattern(char any)
    {
        var glob = Glob!;
        var pattern = new StringBuilder(glob.Length + 2);
        pattern.Append(IsWhole ? "" : any);
        foreach (var character in !IsWhole && glob.StartsWith("./", StringComparison.Ordinal) ? glob[2..] : glob)
        {
            var isLiteral = char.IsAsciiLetterOrDigit(character) || character is '/' or '.' or '-' or ':' or '_' or '~' || (!IsWhole && char.IsLetterOrDigit(character));
            if (isLiteral || pattern.Length == 0 || pattern[^1] != any)
            {
                pattern.Append(isLiteral ? character : any);
            }
        }

        // Between slashes, two stars stand for no folder as well.
        pattern.Replace($"/{any}/", $"/{any}").Append(glob.EndsWith('/') ? any : "");
        return pattern.ToString();
    }
}
