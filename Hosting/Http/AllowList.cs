using Microsoft.AspNetCore.Http;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Http;

/// <summary>
/// What posted jobs may read. A location is admitted as the value that is opened afterwards, with bounds for what only the opening finds: links that lead on below a folder, and
/// redirects of a server.
/// </summary>
internal sealed class AllowList
{
    private const int LongestLocation = 4_096;

    private readonly List<SourceScope> _remote = [];
    private readonly List<(string Given, string Real)> _folders = [];

    /// <summary>Makes a list.</summary>
    /// <param name="scopes">What may be read: what the ledger knows, and <see cref="SourceLocation.Below"/> of what is configured. Of paths, everything below is allowed too.</param>
    public AllowList(IEnumerable<SourceScope> scopes)
    {
        foreach (var scope in scopes.Distinct())
        {
            if (!SourceLocation.TryParseAbsolute(scope.Uri, out var location, out _))
            {
                continue; // Standard input, which no job can read.
            }

            if (location.Kind != SourceKind.File)
            {
                _remote.Add(scope);
            }
            else if (!_folders.Exists(known => known.Given == location.Path))
            {
                _folders.Add((location.Path, RealPaths.Resolve(location.Path)));
            }
        }
    }

    /// <summary>Settings that keep a job within the list while it reads.</summary>
    public IReadOnlyList<CommandLineSetting> Bounds =>
    [
        new("source.link-roots", "", "the sources that may be ingested from here", [.. _folders.Select(static folder => folder.Real).Distinct(StringComparer.Ordinal)]),
        new("source.http.redirect-roots", "", "the sources that may be ingested from here", [.. _remote.Select(static scope => scope.ToString())]),
    ];

    /// <summary>Reads the setting <c>sluice.http.sources</c>: what it names is allowed with everything below.</summary>
    /// <param name="sources">Its entries.</param>
    /// <param name="workingDirectory">What relative paths are taken from.</param>
    /// <returns>What is allowed.</returns>
    /// <exception cref="ConfigurationException">One is no location that jobs can read.</exception>
    public static IReadOnlyList<SourceScope> Configured(IReadOnlyList<string> sources, string workingDirectory) =>
        [.. sources.SelectMany(source => Locate(source, workingDirectory).Below)];

    /// <summary>Reads one entry of <c>sluice.http.sources</c>.</summary>
    /// <param name="source">The entry.</param>
    /// <param name="workingDirectory">What a relative path is taken from.</param>
    /// <returns>The location.</returns>
    /// <exception cref="ConfigurationException">It is none that jobs can read.</exception>
    public static SourceLocation Locate(string source, string workingDirectory)
    {
        try
        {
            return SourceLocation.Parse(source, workingDirectory) is { Kind: not SourceKind.StandardInput } location
                ? location
                : throw new ConfigurationException("standard input is read on this machine only.");
        }
        catch (ConfigurationException exception)
        {
            throw new ConfigurationException(
                $"--allow {Secrets.Redact(source)} (sluice.http.sources) is no location that jobs can read: {Secrets.Redact(exception.Message)}", exception);
        }
    }

    /// <summary>
    /// Admits a location. A path is judged by where it really lies; what is opened is the allowed path that it lies in, as that is written, and the rest without links: a document
    /// keeps the URI that it has in the ledger, and no link below is followed again.
    /// </summary>
    /// <param name="text">What was posted.</param>
    /// <returns>What to open.</returns>
    /// <exception cref="ApiException">It is no location, or not allowed.</exception>
    public SourceLocation Admit(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestLocation || text.Any(char.IsControl))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "A source is empty, too long, or has control characters in it.");
        }

        if (!SourceLocation.TryParseAbsolute(text, out var location, out var problem))
        {
            // With a user part in it, the text may hold a password wherever it is written.
            throw new ApiException(StatusCodes.Status400BadRequest, text.Contains('@', StringComparison.Ordinal)
                ? "A source is no absolute path and no http://, https:// or s3:// URI without a user name or password."
                : $"A source cannot be read: {Secrets.Redact(problem)}");
        }

        var admitted = location.Kind == SourceKind.File ? AdmitPath(location.Path)
            : _remote.Exists(scope => scope.Covers(location.Uri)) ? location
            : null;
        return admitted ?? throw new ApiException(
            StatusCodes.Status403Forbidden,
            $"The source '{Secrets.Redact(location.Text)}' is not among those that may be ingested from here. Ingest it once from the command line, or add it to sluice.http.sources.");
    }

    private SourceLocation? AdmitPath(string path)
    {
        var real = RealPaths.Resolve(path);
        var holders = _folders.Where(folder => RealPaths.IsWithin(real, folder.Real)).ToList();
        if (holders.Count == 0)
        {
            return null;
        }

        var holder = holders.OrderByDescending(folder => RealPaths.IsWithin(path, folder.Given)).ThenByDescending(static folder => folder.Real.Length).First();
        return SourceLocation.OfPath(Path.Join(holder.Given, real[holder.Real.Length..]));
    }
}
