using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding;

/// <summary>The models of a cache folder, and folders elsewhere by their path. Looks at the disk at each call; safe for concurrent use.</summary>
/// <param name="cacheFolder">The cache folder, see <see cref="CacheFolder"/>.</param>
public sealed class ModelCatalog(string cacheFolder)
{
    /// <summary>The cache folder.</summary>
    public string CacheFolderPath { get; } = cacheFolder ?? throw new ArgumentNullException(nameof(cacheFolder));

    /// <summary>The models of the cache folder by name, usable or not.</summary>
    /// <returns>One entry a folder.</returns>
    public IReadOnlyList<CatalogEntry> List()
    {
        var models = CacheFolder.Models(CacheFolderPath);
        if (!Directory.Exists(models))
        {
            return [];
        }

        var entries = new List<CatalogEntry>();
        foreach (var folder in Directory.EnumerateDirectories(models).Where(static path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            try
            {
                entries.Add(new CatalogEntry(Path.GetFileName(folder), folder, ModelFolder.Open(folder, CacheFolderPath), null));
            }
            catch (ModelException e)
            {
                entries.Add(new CatalogEntry(Path.GetFileName(folder), folder, null, e.Message));
            }
        }

        return entries;
    }

    /// <summary>The folder that a name or a path stands for.</summary>
    /// <param name="nameOrPath">A name of the cache folder; or a path, which has a separator in it or begins with a dot.</param>
    /// <returns>An absolute path.</returns>
    /// <exception cref="ModelException">There is no such model.</exception>
    public string Resolve(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        if (nameOrPath.StartsWith('.') || nameOrPath.Contains('/') || nameOrPath.Contains(Path.DirectorySeparatorChar))
        {
            return Directory.Exists(nameOrPath)
                ? Path.GetFullPath(nameOrPath)
                : throw new ModelException($"{Path.GetFullPath(nameOrPath)}: there is no such model folder.");
        }

        var folder = Path.Combine(CacheFolder.Models(CacheFolderPath), nameOrPath);
        if (Directory.Exists(folder))
        {
            return folder;
        }

        var names = string.Join(", ", List().Select(static entry => entry.Name));
        var here = Directory.Exists(nameOrPath) ? $" For the folder of that name here, write './{nameOrPath}'." : "";
        throw new ModelException($"There is no model '{nameOrPath}' in {CacheFolder.Models(CacheFolderPath)}, which has {(names.Length > 0 ? names : "none")}.{here}");
    }

    /// <summary>Opens a model by name or path.</summary>
    /// <param name="nameOrPath">See <see cref="Resolve"/>.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <returns>The model; the caller disposes of it.</returns>
    /// <exception cref="ModelException">There is no such model, or it cannot be used.</exception>
    public EmbeddingModel Open(string nameOrPath = DefaultModel.Name, EmbeddingOptions? options = null)
        => EmbeddingModel.Open(ModelFolder.Open(Resolve(nameOrPath), CacheFolderPath, options), options);
}
