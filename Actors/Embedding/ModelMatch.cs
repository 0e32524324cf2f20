using System.Globalization;
using Sluice.Actors.Embedding.Folders;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

/// <summary>
/// Finds the model folder, and the variant, dimensions, token pooling and output, that give a fingerprint: what a database's vectors were made with need not be said
/// again. Looks first at what was used before, then at models of the cache. Safe for concurrent use.
/// </summary>
/// <param name="catalog">The models of the cache.</param>
public sealed class ModelMatch(ModelCatalog catalog)
{
    /// <summary>Opens the model that a collection's vectors are from.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="nameOrPath">The model that the user names; empty for none.</param>
    /// <param name="options">How to run it. What it says of variant, dimensions, token pooling and output must agree with the collection; where it says nothing, the collection's are taken.</param>
    /// <returns>The model; the caller disposes of it.</returns>
    /// <exception cref="ModelException">It is not here, or the user names another one; the message says what to write.</exception>
    public EmbeddingModel Open(CollectionInfo collection, string nameOrPath, EmbeddingOptions options)
    {
        ArgumentNullException.ThrowIfNull(collection);
        ArgumentNullException.ThrowIfNull(nameOrPath);
        ArgumentNullException.ThrowIfNull(options);
        var wanted = new Wanted(collection.ModelFingerprint, collection.Kind, collection.Dimension);
        if (Find(wanted, Folders(wanted.Fingerprint, nameOrPath, collection.ModelName), options) is { } found)
        {
            return EmbeddingModel.Open(found.Folder, found.Options);
        }

        var named = nameOrPath.Length > 0 || options.Variant.Length > 0 || options.Dimensions > 0 || options.TokenPooling > 1 || options.Output != ModelOutput.Auto;
        var right = named ? Describe(collection) : null;
        throw new ModelException($"The database holds vectors of the model {collection.ModelName} ({Short(collection.ModelFingerprint)}), {Reason(collection, nameOrPath, options, named)}. "
            + (right is null ? "Name the right one with --model (sluice.model), and its --variant and --dimensions where it was used with them; " : $"It was made with {right}; write these, or leave out what says otherwise; ")
            + "or search by words (--mode fts, in the API mode=full-text), or ingest again.");
    }

    /// <summary>What the user would have to write for a collection's model: <c>--model ./e5 --variant int8 --dimensions 256</c>.</summary>
    /// <param name="collection">The collection.</param>
    /// <returns>The options; null when the model is not found here.</returns>
    public string? Describe(CollectionInfo collection)
    {
        ArgumentNullException.ThrowIfNull(collection);
        var wanted = new Wanted(collection.ModelFingerprint, collection.Kind, collection.Dimension);
        if (Find(wanted, Folders(wanted.Fingerprint, "", collection.ModelName), new EmbeddingOptions()) is not { } found)
        {
            return null;
        }

        var (folder, options) = found;
        var isCached = Path.GetDirectoryName(folder.FolderPath) == CacheFolder.Models(catalog.CacheFolderPath);
        var words = $"--model {(isCached ? Path.GetFileName(folder.FolderPath) : folder.FolderPath)}";
        words += options.Variant.Length > 0 ? $" --variant {options.Variant}" : "";
        words += options.Dimensions > 0 ? string.Create(CultureInfo.InvariantCulture, $" --dimensions {options.Dimensions}") : "";
        words += options.TokenPooling > 1 ? string.Create(CultureInfo.InvariantCulture, $" --set embedding.token-pooling={options.TokenPooling}") : "";
        return words + (options.Output != ModelOutput.Auto ? $" --set embedding.output={Word(options.Output)}" : "");
    }

    /// <summary>The folder on this machine that gives a fingerprint with some variant and settings.</summary>
    /// <param name="nameOrPath">The model's name or path; empty for the default model.</param>
    /// <param name="fingerprint">What it must give.</param>
    /// <param name="options">Settings to try first; null for the defaults.</param>
    /// <returns>The folder; null when there is none.</returns>
    public string? FindFolder(string nameOrPath, string fingerprint, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        ArgumentException.ThrowIfNullOrEmpty(fingerprint);
        var name = nameOrPath.Length > 0 ? nameOrPath : DefaultModel.Name;
        var used = UsedModels.Find(catalog.CacheFolderPath, fingerprint);
        IEnumerable<string?> folders = [Resolve(name), used?.Folder];
        return Find(new Wanted(fingerprint, null, 0), folders.OfType<string>(), options ?? new EmbeddingOptions())?.Folder.FolderPath;
    }

    private static string Short(string fingerprint) => fingerprint.Length <= 12 ? fingerprint : fingerprint[..12];

    private static string Word(ModelOutput output) => output == ModelOutput.MultiVector ? "multi-vector" : output.ToString().ToLowerInvariant();

    private string Reason(CollectionInfo collection, string nameOrPath, EmbeddingOptions options, bool named)
    {
        if (!named)
        {
            return $"and no model here gives such: neither one of {CacheFolder.Models(catalog.CacheFolderPath)} nor one that was used before";
        }

        var name = nameOrPath.Length > 0 ? nameOrPath : collection.ModelName;
        try
        {
            var model = ModelFolder.Open(catalog.Resolve(name), catalog.CacheFolderPath, options);
            return $"and the model at {model.FolderPath} ({Short(model.Info.Fingerprint)}), opened as the settings say, is another one, whose vectors cannot be compared with them";
        }
        catch (ModelException exception)
        {
            return $"and the settings name another one: {exception.Message.TrimEnd('.')}";
        }
    }

    private string? Resolve(string nameOrPath)
    {
        try
        {
            return catalog.Resolve(nameOrPath);
        }
        catch (ModelException)
        {
            return null; // Not here under this name.
        }
    }

    /// <summary>Where to look: what the user names, else what was used before, what is called like it, and all others.</summary>
    private IEnumerable<string> Folders(string fingerprint, string nameOrPath, string modelName)
    {
        if (nameOrPath.Length > 0)
        {
            return [catalog.Resolve(nameOrPath)];
        }

        var models = CacheFolder.Models(catalog.CacheFolderPath);
        var all = Directory.Exists(models) ? Directory.EnumerateDirectories(models).Where(static path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        IEnumerable<string?> folders = [UsedModels.Find(catalog.CacheFolderPath, fingerprint)?.Folder, Resolve(Path.GetFileName(modelName) is { Length: > 0 } name ? name : DefaultModel.Name), .. all];
        return folders.OfType<string>().Distinct(StringComparer.Ordinal);
    }

    private (ModelFolder Folder, EmbeddingOptions Options)? Find(Wanted wanted, IEnumerable<string> folders, EmbeddingOptions options)
    {
        var used = UsedModels.Find(catalog.CacheFolderPath, wanted.Fingerprint);
        foreach (var folder in folders.Where(Directory.Exists))
        {
            if (used?.Folder == folder && Agrees(used, options) && Try(folder, options.With(used.Variant, used.Dimensions, used.TokenPooling, used.Output), wanted) is { } again)
            {
                return again;
            }

            foreach (var variant in options.Variant.Length > 0 ? [options.Variant] : NetworkFiles.Find(folder).Select(static export => export.Variant).Prepend(""))
            {
                foreach (var output in Outputs(options, wanted))
                {
                    if (Try(folder, options.With(variant, options.Dimensions, options.TokenPooling, output), wanted) is { } found)
                    {
                        return found;
                    }
                }
            }
        }

        return null;
    }

    private static ModelOutput[] Outputs(EmbeddingOptions options, Wanted wanted) => (options.Output, wanted.Kind) switch
    {
        (not ModelOutput.Auto, _) => [options.Output],
        (_, null) => [ModelOutput.Auto, ModelOutput.Dense, ModelOutput.MultiVector, ModelOutput.Sparse],
        (_, EmbeddingKind.MultiVector) => [ModelOutput.Auto, ModelOutput.MultiVector],
        (_, EmbeddingKind.Sparse) => [ModelOutput.Auto, ModelOutput.Sparse],
        _ => [ModelOutput.Auto, ModelOutput.Dense],
    };

    private static bool Agrees(UsedModel used, EmbeddingOptions options) =>
        (options.Variant.Length == 0 || options.Variant.Equals(used.Variant, StringComparison.OrdinalIgnoreCase))
        && (options.Dimensions == 0 || options.Dimensions == used.Dimensions)
        && (options.TokenPooling == 1 || options.TokenPooling == used.TokenPooling)
        && (options.Output == ModelOutput.Auto || options.Output == used.Output);

    /// <summary>Opens an export as the options say, and looks whether it gives the fingerprint so, or cut or pooled where they say nothing of that.</summary>
    private (ModelFolder Folder, EmbeddingOptions Options)? Try(string folder, EmbeddingOptions options, Wanted wanted)
    {
        ModelFolder model;
        try
        {
            model = ModelFolder.Open(folder, catalog.CacheFolderPath, options);
        }
        catch (ModelException)
        {
            return null; // Not with these; its message is for who asks for just these.
        }

        if (model.Info.Fingerprint == wanted.Fingerprint)
        {
            return (model, options);
        }

        foreach (var (dimensions, pooling) in Cuts(model, options, wanted))
        {
            var cut = options.With(options.Variant, dimensions, pooling, options.Output);
            if (FolderFingerprint.With(model.FilesFingerprint, model.Info.Kind, cut) == wanted.Fingerprint)
            {
                return (ModelFolder.Open(folder, catalog.CacheFolderPath, cut), cut);
            }
        }

        return null;
    }

    private static IEnumerable<(int Dimensions, int TokenPooling)> Cuts(ModelFolder model, EmbeddingOptions options, Wanted wanted) => model.Info.Kind switch
    {
        EmbeddingKind.Dense when options.Dimensions == 0 && wanted.Dimension > 0 => wanted.Dimension <= model.Info.Dimension ? [(wanted.Dimension, options.TokenPooling)] : [],
        EmbeddingKind.Dense when options.Dimensions == 0 && wanted.Kind is null => Enumerable.Range(1, model.Info.Dimension).Select(dimension => (dimension, options.TokenPooling)),
        EmbeddingKind.MultiVector when options.TokenPooling == 1 => Enumerable.Range(2, 15).Select(pooling => (options.Dimensions, pooling)),
        _ => [],
    };

    private sealed record Wanted(string Fingerprint, EmbeddingKind? Kind, int Dimension);
}
