namespace Sluice.Actors.Sinks.Files;

/// <summary>What there is to know of <c>jsonl:FOLDER</c> and <c>parquet:FOLDER</c> without opening them.</summary>
public static class FileSinks
{
    /// <summary>The schemes.</summary>
    public static IReadOnlyList<string> Schemes { get; } = ["jsonl", "parquet"];

    /// <summary>The folder that a URI names, as it is written; null where the URI is of another kind.</summary>
    /// <param name="uri">The URI.</param>
    /// <returns>The folder.</returns>
    public static string? FolderOf(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        foreach (var scheme in Schemes)
        {
            if (uri.StartsWith(scheme + ":", StringComparison.OrdinalIgnoreCase))
            {
                var rest = uri[(scheme.Length + 1)..];
                var question = rest.IndexOf('?', StringComparison.Ordinal);
                rest = question < 0 ? rest : rest[..question];
                return rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
            }
        }

        return null;
    }

    /// <summary>The file of the working copy in a folder: a SQLite database that a ledger may share.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The path.</returns>
    public static string WorkFile(string folder) => Path.Join(folder, ".sluice", "work.db");
}
