using System.Diagnostics.CodeAnalysis;
using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// Where a source is read from, read once from what somebody wrote. Everything that checks a source and everything that opens it works on this value: no other code takes the text
/// apart, so that nothing can read it differently.
/// </summary>
/// <remarks>
/// <para>
/// A location is canonical. Paths are absolute, without dot segments. URIs have no user part, fragment, backslash, control character, dot segment (not behind escapes either) or
/// malformed escape; escapes are decoded once; hosts are in ASCII and small letters, without the usual port.
/// </para>
/// <para>
/// <see cref="Text"/> of a location is read as the same location, by every machine: it is what jobs of a cluster carry. The same holds for <see cref="Uri"/>.
/// </para>
/// </remarks>
public sealed record SourceLocation
{
    internal SourceLocation(SourceKind kind, string scheme, string host, string path, string query, string uri) =>
        (Kind, Scheme, Host, Path, Query, Uri) = (kind, scheme, host, path, query, uri);

    /// <summary>The kind of place.</summary>
    public SourceKind Kind { get; }

    /// <summary><c>stdin</c>, <c>file</c>, <c>http</c>, <c>https</c> or <c>s3</c>.</summary>
    public string Scheme { get; }

    /// <summary>Host, and port where it is not the usual one; for S3 the bucket; else empty.</summary>
    public string Host { get; }

    /// <summary>A file's absolute path; a URL's path, escaped; a key or prefix of S3, not escaped, where a prefix is empty or ends in <c>/</c>; empty for standard input.</summary>
    public string Path { get; }

    /// <summary>A URL's query with its <c>?</c>; else empty.</summary>
    public string Query { get; }

    /// <summary>The canonical URI: <c>file:///…</c>, <c>https://…</c>, <c>s3://…</c>, <c>stdin:</c>.</summary>
    public string Uri { get; }

    /// <summary>What a person writes for it: a path, <c>-</c>, or the URI.</summary>
    public string Text => Kind switch
    {
        SourceKind.StandardInput => "-",
        SourceKind.File => Path,
        _ => Uri,
    };

    /// <summary>What a source there covers. A folder's scope ends in <c>/</c>, which only its file system can tell, so that for files both are possible.</summary>
    public IReadOnlyList<SourceScope> Scopes => Kind switch
    {
        SourceKind.File => Below,
        SourceKind.S3Prefix => [SourceScope.Prefix(Uri)],
        _ => [SourceScope.Exact(Uri)],
    };

    /// <summary>The location with everything below: what naming it in a list of allowed sources allows. A URL with a query has nothing below.</summary>
    public IReadOnlyList<SourceScope> Below => Kind == SourceKind.StandardInput || Query.Length > 0
        ? [SourceScope.Exact(Uri)]
        : [SourceScope.Exact(Uri), SourceScope.Prefix(Uri.EndsWith('/') ? Uri : Uri + "/")];

    /// <summary>Reads what a person wrote at a working directory: also a relative path, or <c>-</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="workingDirectory">The absolute path that relative ones are taken from.</param>
    /// <returns>The location.</returns>
    /// <exception cref="ConfigurationException">It is none; the message says what to write.</exception>
    public static SourceLocation Parse(string text, string workingDirectory)
    {
        ArgumentNullException.ThrowIfNull(workingDirectory);
        return LocationReader.TryRead(text, workingDirectory, out var location, out var problem) ? location : throw new ConfigurationException(problem);
    }

    /// <summary>Reads what comes from elsewhere, where there is no working directory and no standard input: an absolute path or a URI.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The location.</returns>
    /// <exception cref="ConfigurationException">It is none; the message says what to write.</exception>
    public static SourceLocation ParseAbsolute(string text) => TryParseAbsolute(text, out var location, out var problem) ? location : throw new ConfigurationException(problem);

    /// <summary>Reads what comes from elsewhere, where there is no working directory and no standard input: an absolute path or a URI.</summary>
    /// <param name="text">The text.</param>
    /// <param name="location">The location.</param>
    /// <param name="problem">Why it is none, and what to write.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseAbsolute(string? text, [NotNullWhen(true)] out SourceLocation? location, [NotNullWhen(false)] out string? problem) =>
        LocationReader.TryRead(text, workingDirectory: null, out location, out problem);

    /// <summary>The location of a file or folder.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <returns>The location.</returns>
    public static SourceLocation OfPath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var full = PathText.FromBytes(PathText.ToBytes(System.IO.Path.GetFullPath(path))); // One string for one name, whatever surrogates stand for its bytes.
        full = full.Length > 1 ? full.TrimEnd(System.IO.Path.DirectorySeparatorChar) : full;
        return new(SourceKind.File, "file", "", full, "", PathText.ToUri(full));
    }

    /// <summary>Whether a document may come from a source there.</summary>
    /// <param name="documentUri">The document's URI.</param>
    /// <returns>True where it may.</returns>
    public bool MayHold(string documentUri) => Scopes.Any(scope => scope.Covers(documentUri));
}
