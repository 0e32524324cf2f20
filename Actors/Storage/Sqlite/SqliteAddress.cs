using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>What a <c>sqlite:PATH[?collection=NAME][&amp;synchronous=full|normal][&amp;elements=float32|float16|int8|binary]</c> URI says.</summary>
internal sealed record SqliteAddress(string Path, string Collection, bool? SynchronousCommit)
{
    /// <summary>How components of a new collection's vectors are kept; null when it does not say.</summary>
    public ElementType? Elements { get; init; }

    public const string Scheme = "sqlite";
    public const string Example = "sqlite:./sluice.db?collection=chunks";
    public const string DefaultCollection = "chunks";

    /// <summary>Reads the URI; the path becomes absolute.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static SqliteAddress Parse(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.StartsWith(Scheme + ":", StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong(uri, "it does not begin with 'sqlite:'");
        }

        var rest = uri[(Scheme.Length + 1)..];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? rest : rest[..question];
        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Wrong(uri, "it names no file");
        }

        if (path.Equals(":memory:", StringComparison.Ordinal))
        {
            throw Wrong(uri, "a database in memory is gone when the program ends; name a file");
        }

        if (path.StartsWith("~/", StringComparison.Ordinal))
        {
            path = System.IO.Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]);
        }

        var address = new SqliteAddress(Resolve(path), DefaultCollection, null);
        return question < 0 ? address : address.WithQuery(uri, rest[(question + 1)..]);
    }

    private SqliteAddress WithQuery(string uri, string query)
    {
        var address = this;
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? part : part[..equals];
            var value = equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
            address = key switch
            {
                "collection" => address with { Collection = RequireCollection(uri, value) },
                "synchronous" when value is "full" or "normal" => address with { SynchronousCommit = value is "full" },
                "synchronous" => throw Wrong(uri, $"synchronous is '{value}'; it may be full or normal"),
                "elements" when Enum.TryParse<ElementType>(value, ignoreCase: true, out var elements) && char.IsAsciiLetter(value[0]) => address with { Elements = elements },
                "elements" => throw Wrong(uri, $"elements is '{value}'; it may be float32, float16, int8 or binary"),
                _ => throw Wrong(uri, $"it has no setting '{key}'; there are collection, elements and synchronous"),
            };
        }

        return address;
    }

    /// <summary>Lower-case letters, digits and single underscores inside, at most 48 characters, so that the tables of two collections never meet.</summary>
    private static string RequireCollection(string uri, string name)
    {
        var legal = name.Length is > 0 and <= 48
            && char.IsAsciiLetterLower(name[0])
            && name[^1] != '_'
            && !name.Contains("__", StringComparison.Ordinal)
            && !name.StartsWith("sqlite", StringComparison.Ordinal)
            && name is not "ledger"
            && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
        return legal
            ? name
            : throw Wrong(uri, $"the collection name '{name}' is not legal; use a lower-case letter, then lower-case letters, digits and single underscores, at most 48 characters");
    }

    /// <summary>The absolute path, with a link to a file followed, so that one file has one writer.</summary>
    private static string Resolve(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return full; // Missing, or a circle of links: opening it says what is wrong.
        }
    }

    private static ConfigurationException Wrong(string uri, string why) => new($"'{uri}' is not a SQLite database: {why}. Example: {Example}");
}
