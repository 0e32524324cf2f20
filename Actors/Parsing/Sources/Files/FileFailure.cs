namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>Why a file system refused.</summary>
internal enum FileFailure
{
    Missing,
    Refused,

    /// <summary>Links that lead back to themselves.</summary>
    Loop,
    NotAFile,
    NameTooLong,

    /// <summary>Too many open files, a network file system that hiccups: may pass.</summary>
    Passing,
}

/// <summary>A file system refused.</summary>
/// <param name="failure">Why.</param>
/// <param name="message">The system's words.</param>
internal sealed class FileFailureException(FileFailure failure, string message) : IOException(message)
{
    public FileFailure Failure { get; } = failure;
}
