using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Says in Sluice's terms what a file system refused.</summary>
internal static class FileProblems
{
    public static Rejection NotAFile(string path) => Rejection.Skip(
        Reasons.NotAFile,
        $"{PathText.Show(path)} is a device, socket or pipe, not a file; to read a pipe, give - and pass it as standard input");

    /// <summary>What to write down; null where trying again may help.</summary>
    public static Rejection? Rejected(string path, FileFailureException failure) => failure.Failure switch
    {
        FileFailure.Missing => Rejection.Skip(Reasons.Vanished, $"{PathText.Show(path)} was listed, and was gone when it was to be read"),
        FileFailure.Refused => Rejection.Dead(
            Reasons.Unreadable,
            $"{PathText.Show(path)} may not be read ({failure.Message}); grant this user the right to, then run again"),
        FileFailure.Loop => Rejection.Skip(Reasons.NotAFile, $"{PathText.Show(path)} is a symbolic link that leads back to itself"),
        FileFailure.NotAFile => NotAFile(path),
        FileFailure.NameTooLong => Rejection.Dead(
            Reasons.Unreadable,
            $"the path of {PathText.Show(path)} is longer than the system allows; ingest a folder further down"),
        _ => null,
    };

    /// <summary>The exception that tells of it.</summary>
    public static SluiceException Exception(string path, FileFailureException failure) =>
        Rejected(path, failure) is { } rejection
            ? new DocumentRejectedException(rejection, failure)
            : new TransientException($"{PathText.Show(path)} cannot be read now: {failure.Message}", innerException: failure);
}
