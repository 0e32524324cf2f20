namespace Sluice.Streams.Failures;

/// <summary>The codes of rejections. Stable: they are stored, counted and shown.</summary>
/// <remarks>
/// Each lies in the content of a document, or in the surroundings at the moment: the network, a mount, permissions, time, memory, installed programs. Only what lies in the
/// content holds until the content changes (<see cref="AreOfContent"/>). An outcome of the surroundings says nothing about the document: the next run tries it again, whatever
/// its listing says, and what an earlier run stored of it stays.
/// </remarks>
public static class Reasons
{
    /// <summary>Skipped: no bytes, or no text in them.</summary>
    public const string Empty = "empty";

    /// <summary>Skipped: binary content of no type that holds text.</summary>
    public const string Binary = "binary";

    /// <summary>Skipped: a known type that Sluice does not read.</summary>
    public const string UnsupportedType = "unsupported-type";

    /// <summary>Skipped: larger than the configured limit.</summary>
    public const string TooLarge = "too-large";

    /// <summary>Skipped: not a regular file (a device, a socket, a pipe).</summary>
    public const string NotAFile = "not-a-file";

    /// <summary>Skipped: listed, and gone before it could be read to the end.</summary>
    public const string Vanished = "vanished";

    /// <summary>Skipped: its dead letter was dropped by the user.</summary>
    public const string Dropped = "dropped";

    /// <summary>Dead: the content breaks the rules of its own format, or ends too early.</summary>
    public const string Corrupt = "corrupt";

    /// <summary>Dead: encrypted or protected by a password.</summary>
    public const string Encrypted = "encrypted";

    /// <summary>Dead: expands beyond the limit on ratio, size or nesting, as a decompression bomb does.</summary>
    public const string Bomb = "bomb";

    /// <summary>Dead: the operating system or the server refuses to let it be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Dead: it kept changing while it was read.</summary>
    public const string Changing = "changing";

    /// <summary>Dead: parsing took longer than the limit.</summary>
    public const string TimedOut = "timed-out";

    /// <summary>Dead: reading it took more memory than there was.</summary>
    public const string OutOfMemory = "out-of-memory";

    /// <summary>Dead: it ended the process that parsed it, twice, alone.</summary>
    public const string Crashed = "crashed";

    /// <summary>Dead: reading it needs a program or a model that is not installed; replayed once it is.</summary>
    public const string MissingProgram = "missing-program";

    /// <summary>Dead: the parser failed in a way it did not foresee.</summary>
    public const string ParserFailed = "parser-failed";

    /// <summary>Dead: the model could not embed a chunk, three times.</summary>
    public const string EmbeddingFailed = "embedding-failed";

    /// <summary>Dead: the database refused a record.</summary>
    public const string RefusedBySink = "refused-by-sink";

    /// <summary>Dead: the source failed again and again.</summary>
    public const string SourceFailed = "source-failed";

    private static readonly string[] s_ofContent =
        [Empty, Binary, UnsupportedType, TooLarge, NotAFile, Dropped, Crashed, Corrupt, Encrypted, Bomb, ParserFailed, EmbeddingFailed, RefusedBySink];

    /// <summary>The codes that lie in the content. All others, those of other versions included, are of the surroundings: trying again loses nothing.</summary>
    public static IReadOnlyList<string> OfContent => s_ofContent;

    /// <summary>Whether a code lies in the content, so that it holds until the content changes.</summary>
    /// <param name="reason">The code.</param>
    /// <returns>False for what lies in the surroundings.</returns>
    public static bool AreOfContent(string reason) => Array.IndexOf(s_ofContent, reason) >= 0;
}
