using System.Globalization;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Files;

/// <summary>What a <c>jsonl:FOLDER?rows=N</c> or <c>parquet:FOLDER?rows=N</c> URI says.</summary>
/// <param name="Scheme">jsonl or parquet.</param>
/// <param name="Folder">Where the files are; absolute.</param>
/// <param name="Rows">Most records of a file. Default 50,000; 1 to 10,000,000.</param>
internal sealed record FileSinkAddress(string Scheme, string Folder, int Rows)
{
    private const int DefaultRows = 50_000;

    /// <summary>Its identity in the ledger.</summary>
    public string Name => $"{Scheme}:{Folder}";

    public static string Example(string scheme) => $"{scheme}:./vectors?rows={DefaultRows}";

    /// <summary>Reads the URI; the folder becomes absolute.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static FileSinkAddress Parse(string uri, string scheme)
    {
        var folder = FileSinks.FolderOf(uri);
        if (string.IsNullOrWhiteSpace(folder) || folder.Contains('\0', StringComparison.Ordinal))
        {
            throw Wrong(scheme, "it names no folder");
        }

        if (folder.StartsWith("~/", StringComparison.Ordinal))
        {
            folder = Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), folder[2..]);
        }

        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(folder))
        {
            throw Wrong(scheme, $"{folder} is a file; name the folder that the files are to be in");
        }

        var rows = DefaultRows;
        var question = uri.IndexOf('?', StringComparison.Ordinal);
        foreach (var part in question < 0 ? [] : uri[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            rows = pair[0] != "rows" ? throw Wrong(scheme, $"it has no setting '{pair[0]}'; there is rows")
                : pair.Length == 2 && int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 10_000_000 ? number
                : throw Wrong(scheme, $"rows is '{pair[^1]}'; it is a whole number from 1 to 10,000,000");
        }

        return new FileSinkAddress(scheme, folder, rows);
    }

    private static ConfigurationException Wrong(string scheme, string why) => new($"The {scheme} address is wrong: {why}. Example: {Example(scheme)}");
}
