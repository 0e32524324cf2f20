using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Actors.Sinks.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Makes sources from what a user writes.</summary>
public static class DocumentSources
{
    /// <summary>
    /// Makes the source of <paramref name="location"/>: a folder, a file, <c>-</c> for standard input, an <c>http(s)://</c> URL, or <c>s3://bucket/prefix/</c>
    /// (a last part with a dot and without the <c>/</c> behind it is a single object). Nothing but the local file system is asked yet. Dispose it where it is
    /// <see cref="IDisposable"/>.
    /// </summary>
    /// <param name="location">The location; a path is taken from the working directory.</param>
    /// <param name="options">What to take; read once.</param>
    /// <param name="timeProvider">Clock of time-outs.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ConfigurationException">There is no such file, the URL is malformed, a glob is wrong.</exception>
    public static IDocumentSource Create(string location, SourceOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        if (string.IsNullOrWhiteSpace(location))
        {
            throw new ConfigurationException("the location is empty; give a folder, a file, - for standard input, an http(s) URL or s3://bucket/prefix/.");
        }

        if (location == "-")
        {
            return new StandardInputSource(Console.OpenStandardInput, options.StandardInputName, timeProvider);
        }

        var scheme = location.IndexOf("://", StringComparison.Ordinal);
        return (scheme > 0 ? location[..scheme].ToLowerInvariant() : "") switch
        {
            "" => Local(location, options),
            "file" => Local(
                PathText.FromUri(location) ?? throw new ConfigurationException($"{location} names no file of this machine; write file:///absolute/path."),
                options),
            "http" or "https" => HttpSource.Create(location, options.Http, timeProvider),
            "s3" => S3Source.Create(location, options, timeProvider),
            var other => throw new ConfigurationException(
                $"Sluice reads no {other}:// locations ({location}); it reads folders, files, - for standard input, http(s):// URLs and s3:// buckets."),
        };
    }

    private static IDocumentSource Local(string location, SourceOptions options)
    {
        var files = FileSystem.Current;
        var path = Path.GetFullPath(location);
        try
        {
            if (files.Stat(path, followLinks: true).Kind != FileKind.Folder)
            {
                return new FileSource(files, path);
            }

            return File.Exists(FileSinks.WorkFile(path))
                ? throw new ConfigurationException($"{PathText.Show(location)} is a database of Sluice (files of vectors, with .sluice/work.db), and no folder of documents. Name the folder of the documents; if they are in this one, move the export out of it: the .sluice folder and the files beside it that hold vectors.")
                : new FolderSource(files, path, options);
        }
        catch (FileFailureException failure) when (failure.Failure == FileFailure.Missing)
        {
            throw new ConfigurationException(
                $"no such file or folder: {PathText.Show(location)}{NearNames.Hint(files, path)}",
                failure);
        }
        catch (FileFailureException failure)
        {
            throw new ConfigurationException($"{PathText.Show(location)} cannot be looked at: {failure.Message}.", failure);
        }
    }
}
