using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Opens files of this machine as documents.</summary>
internal static class LocalFile
{
    public static DocumentContent Open(FileSystem files, SourceScope scope, string uri)
    {
        if (!scope.Covers(uri) || PathText.FromUri(uri) is not { } path || Path.GetFullPath(path) != path)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Unreadable, $"{uri} is no file of {scope.Uri} on this machine"));
        }

        try
        {
            return new DocumentContent(uri, files.Open(path), revisit: () => new(Look(files, uri, path)));
        }
        catch (FileFailureException failure)
        {
            throw FileProblems.Exception(path, failure);
        }
    }

    /// <summary>What a file looks like now.</summary>
    public static ListedDocument Look(FileSystem files, string uri, string path)
    {
        try
        {
            var facts = files.Stat(path, followLinks: true);
            return facts.Kind == FileKind.File
                ? new ListedDocument(uri, facts.Length, facts.Modified)
                : new ListedDocument(uri, Problem: FileProblems.NotAFile(path));
        }
        catch (FileFailureException failure)
        {
            return new ListedDocument(
                uri,
                Problem: FileProblems.Rejected(path, failure)
                    ?? Rejection.Dead(Reasons.Unreadable, $"{PathText.Show(path)} cannot be looked at: {failure.Message}; run again when it can"));
        }
    }
}
