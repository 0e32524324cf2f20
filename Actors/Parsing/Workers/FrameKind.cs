namespace Sluice.Actors.Parsing.Workers;

/// <summary>What a frame between a worker and the process that started it says. Both are the same build of the program: the numbers may change with each.</summary>
internal enum FrameKind : byte
{
    /// <summary>To the worker: options, as JSON. Comes before the first document and whenever they differ.</summary>
    Setup = 1,

    /// <summary>To the worker: a document, with its first bytes.</summary>
    Begin = 2,

    /// <summary>To the worker: bytes that it asked for; none at the end.</summary>
    Bytes = 3,

    /// <summary>To the worker: they could not be read. What was wrong stays with the process that read.</summary>
    SourceFailed = 4,

    /// <summary>To the worker: it is its turn to draw a page.</summary>
    TurnGranted = 5,

    /// <summary>To the worker: the text of the picture that it sent.</summary>
    Recognized = 6,

    /// <summary>To the worker: the picture could not be read; why, in words.</summary>
    RecognitionFailed = 7,

    /// <summary>From the worker: it is ready; what walls it has, in words.</summary>
    Hello = 64,

    /// <summary>From the worker: it lives. About every second while a document is parsed.</summary>
    Alive = 65,

    /// <summary>From the worker: it needs bytes: offset, and how many at most. The offset is meaningless where the content cannot seek.</summary>
    Read = 66,

    /// <summary>From the worker: a section.</summary>
    Section = 67,

    /// <summary>From the worker: the document ended well.</summary>
    Ended = 68,

    /// <summary>From the worker: the document is rejected: verdict, reason, message.</summary>
    Rejected = 69,

    /// <summary>From the worker: it had to end for want of memory.</summary>
    OutOfMemory = 70,

    /// <summary>From the worker: what surrounds it failed (its disk, say), in words; or the source did.</summary>
    Failed = 71,

    /// <summary>From the worker: it wants a page recognised.</summary>
    Turn = 72,

    /// <summary>From the worker: the page, drawn.</summary>
    Picture = 73,

    /// <summary>From the worker: the page could not be drawn, or is no longer wanted.</summary>
    PictureFailed = 74,
}
