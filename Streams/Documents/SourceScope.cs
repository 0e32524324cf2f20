namespace Sluice.Streams.Documents;

/// <summary>
/// What a source covers: exactly one URI, or every URI that begins with a prefix. The two are different kinds, whatever the URI looks like: <c>https://host/</c> is a page
/// and covers no other page of that host.
/// </summary>
/// <remarks>
/// As text a scope is its URI, with a mark in front where the URI alone would be read as the other kind. Ledgers and messages hold that text. A URI of <c>http(s):</c> or
/// <c>stdin:</c> is exact, another one is a prefix where it ends in <c>/</c>: that is what ledgers held before the kinds were told apart, so none of them changes.
/// </remarks>
public sealed record SourceScope
{
    private const string PrefixMark = "prefix+";
    private const string ExactMark = "exact+";

    private SourceScope(string uri, bool isPrefix) => (Uri, IsPrefix) = (uri, isPrefix);

    /// <summary>The URI, or the prefix, which ends in <c>/</c>.</summary>
    public string Uri { get; }

    /// <summary>Whether every URI that begins with <see cref="Uri"/> is covered, and not that one alone.</summary>
    public bool IsPrefix { get; }

    /// <summary>The scope of one document.</summary>
    /// <param name="uri">Its URI.</param>
    /// <returns>The scope.</returns>
    public static SourceScope Exact(string uri)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        return new(uri, isPrefix: false);
    }

    /// <summary>The scope of everything below a place.</summary>
    /// <param name="uri">What the URIs begin with; ends in <c>/</c>.</param>
    /// <returns>The scope.</returns>
    /// <exception cref="ArgumentException">It ends in something else.</exception>
    public static SourceScope Prefix(string uri)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        return uri.EndsWith('/') ? new(uri, isPrefix: true) : throw new ArgumentException($"A prefix ends in /; {uri} does not.", nameof(uri));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The scope.</returns>
    public static SourceScope Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return text.StartsWith(PrefixMark, StringComparison.Ordinal) ? Prefix(text[PrefixMark.Length..])
            : text.StartsWith(ExactMark, StringComparison.Ordinal) ? Exact(text[ExactMark.Length..])
            : LooksLikePrefix(text) ? Prefix(text)
            : Exact(text);
    }

    /// <summary>The narrowest scope that covers a document, for scopes may lie within each other.</summary>
    /// <param name="scopes">The scopes.</param>
    /// <param name="uri">The document's URI.</param>
    /// <returns>The scope; null where none covers it.</returns>
    public static SourceScope? Narrowest(IEnumerable<SourceScope> scopes, string uri) =>
        scopes.Where(scope => scope.Covers(uri)).MaxBy(static scope => (scope.Uri.Length, !scope.IsPrefix));

    /// <summary>Whether a document lies in this scope.</summary>
    /// <param name="uri">The document's URI.</param>
    /// <returns>True where it does.</returns>
    public bool Covers(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        return IsPrefix ? uri.StartsWith(Uri, StringComparison.Ordinal) : uri.Equals(Uri, StringComparison.Ordinal);
    }

    /// <summary>Whether the two scopes can hold the same document.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>True where they can.</returns>
    public bool Overlaps(SourceScope other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Covers(other.Uri) || other.Covers(Uri);
    }

    /// <summary>The text that <see cref="Parse"/> reads; no two scopes have the same.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        IsPrefix ? (LooksLikePrefix(Uri) ? Uri : PrefixMark + Uri)
        : LooksLikePrefix(Uri) || Uri.StartsWith(PrefixMark, StringComparison.Ordinal) || Uri.StartsWith(ExactMark, StringComparison.Ordinal) ? ExactMark + Uri
        : Uri;

    private static bool LooksLikePrefix(string text) =>
        text.EndsWith('/') && !text.StartsWith("http:", StringComparison.Ordinal) && !text.StartsWith("https:", StringComparison.Ordinal) && !text.StartsWith("stdin:", StringComparison.Ordinal)
        && !text.StartsWith(PrefixMark, StringComparison.Ordinal) && !text.StartsWith(ExactMark, StringComparison.Ordinal);
}
