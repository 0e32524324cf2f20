using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Actors.Sinks.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Makes sources of locations.</summary>
public static class DocumentSources
{
    /// <summary>Makes the source of <paramref name="location"/>. Nothing but the local file system is asked yet. Dispose it where it is <see cref="IDisposable"/>.</summary>
    /// <param name="location">The location.</param>
    /// <param name="options">What to take; read once.</param>
    /// <param name="timeProvider">Clock of time-outs.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ConfigurationException">There is no such file, or a glob is wrong.</exception>
    public static IDocumentSource Create(SourceLocation location, SourceOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        return location.Kind switch
        {
            SourceKind.StandardInput => new StandardInputSource(Console.OpenStandardInput, options.StandardInputName, timeProvider),
            SourceKind.File => OfPath(location.Path, options),
            SourceKind.Http => new HttpSource(location, options.Http, timeProvider),
            _ => new S3Source(location, options, timeProvider),
        };
    }

    private static IDocumentSource OfPath(string path, SourceOptions options)
    {
        var files = FileSystem.Current;
        try
        {
            RequireWithin(files, path, options.LinkRoots);
            if (files.Stat(path, followLinks: true).Kind != FileKind.Folder)
            {
                return new FileSource(files, path);
            }

            return File.Exists(FileSinks.WorkFile(path))
                ? throw new ConfigurationException($"{PathText.Show(path)} is a database of Sluice (files of vectors, with .sluice/work.db), and no folder of documents. Name the folder of the documents; if they are in this one, move the export out of it: the .sluice folder and the files beside it that hold vectors.")
                : new FolderSource(files, path, options);
        }
        catch (FileFailureException failure) when (failure.Failure == FileFailure.Missing)
        {
            throw new ConfigurationException(
                $"no such file or folder: {PathText.Show(path)}{NearNames.Hint(files, path)}",
                failure);
        }
        catch (FileFailureException failure)
        {
            throw new ConfigurationException($"{PathText.Show(path)} cannot be looked at: {failure.Message}.", failure);
        }
    }

    /// <summary>Where links are bounded, the place itself is too: whoever checked it did so earlier, perhaps on another machine, where its links may lead elsewhere.</summary>
    private static void RequireWithin(FileSystem files, string path, string[] roots)
    {
        if (roots.Length > 0 && files.RealPath(path) is var real && !Array.Exists(roots, root => RealPaths.IsWithin(real, RealPaths.Resolve(root))))
        {
            throw new ConfigurationException($"{PathText.Show(path)} lies at {PathText.Show(real)} on this machine, which is not among the sources that this job may read.");
        }
    }
}
