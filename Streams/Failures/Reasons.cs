namespace Sluice.Streams.Failures;

/// <summary>The codes of rejections. Stable: they are stored, counted and shown.</summary>
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
}
