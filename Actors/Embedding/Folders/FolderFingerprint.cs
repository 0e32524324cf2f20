using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Embedding.Default;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>
/// The fingerprint of a model folder: a hash over the files that decide its output, not over its path. What was hashed once is remembered in the cache folder
/// for as long as names, sizes and times of the files stay the same.
/// </summary>
internal static class FolderFingerprint
{
    private static readonly string[] Deciding =
    [
        "tokenizer.json", "tokenizer_config.json", "vocab.txt", "config.json", "modules.json", "1_Pooling/config.json", "config_sentence_transformers.json", "sentence_bert_config.json",
    ];

    /// <summary>Computes or recalls it.</summary>
    /// <param name="folder">The model folder, absolute.</param>
    /// <param name="network">Its network; files beside it whose names begin with its name hold weights and count as well.</param>
    /// <param name="more">Other files that decide, absolute; those that are missing do not count.</param>
    /// <param name="cacheFolder">Where to remember; null for nowhere.</param>
    public static string Of(string folder, string network, IReadOnlyList<string> more, string? cacheFolder)
    {
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(network)!, Path.GetFileName(network) + "*")
            .Concat(Deciding.Select(name => Path.Combine(folder, name)).Concat(more).Where(File.Exists))
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        if (cacheFolder is null)
        {
            return Compute(folder, files);
        }

        var key = Key(folder, files);
        var note = Path.Combine(cacheFolder, "fingerprints", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(network)))[..32] + ".json"); // One an export: a folder's variants do not push each other out.
        if (Recall(note, key) is { } known)
        {
            return known;
        }

        var fingerprint = Compute(folder, files);
        Remember(note, key, fingerprint);
        return fingerprint;
    }

    /// <summary>The fingerprint of a folder whose output is changed by the user's settings: another one where they change it.</summary>
    public static string With(string fingerprint, EmbeddingKind kind, EmbeddingOptions options)
    {
        var changes = new StringBuilder();
        if (options.Dimensions > 0)
        {
            changes.Append(CultureInfo.InvariantCulture, $"dimensions={options.Dimensions}\n");
        }

        if (options.TokenPooling > 1 && kind == EmbeddingKind.MultiVector)
        {
            changes.Append(CultureInfo.InvariantCulture, $"token-pooling={options.TokenPooling}\n");
        }

        if (options.Output != ModelOutput.Auto)
        {
            changes.Append(CultureInfo.InvariantCulture, $"output={options.Output}\n");
        }

        return changes.Length == 0 ? fingerprint : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{fingerprint}\n{changes}")));
    }

    private static string Compute(string folder, List<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file}\n{DefaultModelPackage.FileHash(Path.Combine(folder, file))}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Key(string folder, List<string> files)
    {
        var key = new StringBuilder(folder).Append('\n');
        foreach (var file in files)
        {
            var info = new FileInfo(Path.Combine(folder, file));
            key.Append(file).Append(' ').Append(info.Length).Append(' ').Append(info.LastWriteTimeUtc.Ticks).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())));
    }

    private static string? Recall(string note, string key)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(note));
            return json.RootElement.GetProperty("key").ValueEquals(key) ? json.RootElement.GetProperty("fingerprint").GetString() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null; // Not remembered, or not readable: it is hashed again.
        }
    }

    private static void Remember(string note, string key, string fingerprint)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(note)!);
            var temporary = $"{note}.{Guid.NewGuid():N}.tmp";
            File.WriteAllText(temporary, $$"""{"key":"{{key}}","fingerprint":"{{fingerprint}}"}""");
            File.Move(temporary, note, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The cache only saves time; without it the next start hashes again.
        }
    }
}
