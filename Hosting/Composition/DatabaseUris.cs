using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks.Files;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Composition;

/// <summary>The URIs of database and ledger, made absolute.</summary>
/// <param name="Sink">URI of the database.</param>
/// <param name="Ledger">URI of the ledger.</param>
internal sealed record DatabaseUris(string Sink, string Ledger)
{
    private const string SqliteScheme = "sqlite:";

    /// <summary>URIs of all databases that an ingestion fills; <see cref="Sink"/> is the first.</summary>
    public IReadOnlyList<string> Sinks { get; init; } = [Sink];

    /// <summary>The URIs that the configuration names.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="workingDirectory">What relative paths are relative to.</param>
    /// <returns>The URIs.</returns>
    /// <exception cref="ConfigurationException">One is not a URI.</exception>
    public static DatabaseUris From(SluiceOptions options, string workingDirectory)
    {
        IReadOnlyList<string> sinks = options.Databases.Length > 0
            ? [.. options.Databases.Select(uri => Absolute(uri, "sluice.databases", workingDirectory))]
            : [Absolute(options.Database, "sluice.database", workingDirectory)];
        if (sinks.Count != sinks.Distinct(StringComparer.Ordinal).Count())
        {
            throw new ConfigurationException("A database is named twice; name each once.");
        }

        var ledger = options.Ledger.Length > 0 ? Absolute(options.Ledger, "sluice.ledger", workingDirectory)
            : sinks.Select(FileOf).FirstOrDefault(static file => file is not null) is { } file ? SqliteScheme + file
            : Absolute("sqlite:./sluice-ledger.db", "sluice.ledger", workingDirectory);
        return new(sinks[0], ledger) { Sinks = sinks };
    }

    /// <summary>The database's file, where it is one; the working copy's where it is a folder of files.</summary>
    /// <param name="uri">The URI.</param>
    /// <returns>The path, or null.</returns>
    public static string? FileOf(string uri) => IsSqlite(uri) ? WithoutQuery(uri)[SqliteScheme.Length..] : FileSinks.FolderOf(uri) is { } folder ? FileSinks.WorkFile(folder) : null;

    /// <summary>The files that the databases keep: never documents.</summary>
    /// <returns>Their paths.</returns>
    public IReadOnlyList<string> OwnFiles() =>
    [
        .. Sinks.Append(Ledger).Select(FileOf).OfType<string>().Distinct(StringComparer.Ordinal)
            .SelectMany(static file => new[] { file, file + "-wal", file + "-shm", file + "-journal", file + ".lock" }),
        .. Sinks.Select(FileSinks.FolderOf).OfType<string>(),
    ];

    /// <summary>Throws when files would be written into a folder that is read: the next run would take them for documents.</summary>
    /// <param name="locations">What is ingested: absolute paths and URIs.</param>
    /// <exception cref="ConfigurationException">They would.</exception>
    public void RequireApart(IReadOnlyList<SourceLocation> locations)
    {
        foreach (var folder in Sinks.Select(FileSinks.FolderOf).OfType<string>())
        {
            if (locations.FirstOrDefault(location => location.Kind == SourceKind.File && RealPaths.Resolve(location.Path) == RealPaths.Resolve(folder)) is { } source)
            {
                throw new ConfigurationException($"{source.Path} is both what is read and where the files are written, and the next run would take them for documents. Write them to a folder of their own: --to {(Sinks[0].StartsWith("parquet", StringComparison.OrdinalIgnoreCase) ? "parquet" : "jsonl")}:./vectors.");
            }
        }
    }

    /// <summary>Throws when the database is a file that does not exist.</summary>
    /// <exception cref="ConfigurationException">It does not.</exception>
    public void RequireExisting()
    {
        foreach (var file in new[] { FileOf(Sink), FileOf(Ledger) })
        {
            if (file is not null && !File.Exists(file))
            {
                throw Missing(file);
            }
        }
    }

    /// <summary>The error for a database that is not there.</summary>
    /// <param name="place">Its place.</param>
    /// <returns>The exception.</returns>
    public static ConfigurationException Missing(string place) =>
        new($"There is no database at {place}. Run `sluice ingest PATH` first, or name another one with --from URI.");

    private static bool IsSqlite(string uri) => uri.StartsWith(SqliteScheme, StringComparison.OrdinalIgnoreCase);

    private static string WithoutQuery(string uri) => uri.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? uri[..query] : uri;

    private static string Absolute(string uri, string setting, string workingDirectory)
    {
        var colon = uri.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !uri.AsSpan(0, colon).ContainsOnlySchemeCharacters())
        {
            throw new ConfigurationException($"{setting} = {Secrets.Redact(uri)} is not a URI; for a file write sqlite:{uri}.");
        }

        if (FileSinks.FolderOf(uri) is { Length: > 0 } folder)
        {
            var rest = uri.IndexOf('?', StringComparison.Ordinal) is var question and >= 0 ? uri[question..] : "";
            return $"{uri[..(colon + 1)]}{AbsolutePath(folder, workingDirectory)}{rest}";
        }

        if (!IsSqlite(uri))
        {
            return uri;
        }

        var query = uri[WithoutQuery(uri).Length..];
        var path = WithoutQuery(uri)[SqliteScheme.Length..];
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path; // sqlite://a.db is a.db here, sqlite:///a.db is /a.db.
        if (path.Length == 0)
        {
            throw new ConfigurationException($"{setting} = {uri} names no file; write for example sqlite:./sluice.db.");
        }

        return SqliteScheme + AbsolutePath(path, workingDirectory) + query;
    }

    private static string AbsolutePath(string path, string workingDirectory) => Path.GetFullPath(
        path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]) : path,
        workingDirectory);
}

file static class SchemeCharacters
{
    public static bool ContainsOnlySchemeCharacters(this ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        return char.IsAsciiLetter(text[0]);
    }
}
