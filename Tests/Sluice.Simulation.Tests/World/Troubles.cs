using Sluice.Streams.Failures;

namespace Sluice.Simulation.Tests.World;

/// <summary>How a document cannot be read, for reasons that do not lie in it.</summary>
internal enum TroubleKind
{
    /// <summary>Opening fails for now.</summary>
    Transient,

    /// <summary>The system refuses.</summary>
    Forbidden,

    /// <summary>It is not found.</summary>
    NotFound,

    /// <summary>The disk fails.</summary>
    Disk,

    /// <summary>The parser needs a program that is not there.</summary>
    Program,

    /// <summary>The parser finds no memory.</summary>
    Memory,

    /// <summary>The parser takes too long.</summary>
    Time,
}

/// <summary>What is wrong with the surroundings of documents at the moment.</summary>
internal sealed class Troubles
{
    private readonly Dictionary<string, TroubleKind> _documents = new(StringComparer.Ordinal);

    /// <summary>Whether the source answers nothing.</summary>
    public bool IsDown { get; set; }

    /// <summary>Whether the sink refuses what its words say.</summary>
    public bool SinkRefuses { get; set; } = true;

    /// <summary>Whether a document cannot be read by itself.</summary>
    public bool AnyDocument => _documents.Count > 0;

    public bool Any => IsDown || _documents.Count > 0;

    public bool Has(string uri) => _documents.ContainsKey(uri);

    public void Add(string uri, TroubleKind kind) => _documents[uri] = kind;

    public void Clear()
    {
        IsDown = false;
        _documents.Clear();
    }

    public Exception? OnOpen(string uri) => _documents.TryGetValue(uri, out var kind)
        ? kind switch
        {
            TroubleKind.Transient => new TransientException("the server is busy"),
            TroubleKind.Forbidden => new UnauthorizedAccessException("no right to read"),
            TroubleKind.NotFound => new FileNotFoundException("it is not there"),
            TroubleKind.Disk => new IOException("the disk fails"),
            _ => null,
        }
        : null;

    public Exception? OnParse(string uri) => _documents.TryGetValue(uri, out var kind)
        ? kind switch
        {
            TroubleKind.Program => new DocumentRejectedException(Rejection.Dead(Reasons.MissingProgram, "a program is not installed")),
            TroubleKind.Memory => new InsufficientMemoryException("no memory"),
            TroubleKind.Time => new DocumentRejectedException(Rejection.Dead(Reasons.TimedOut, "it takes too long")),
            _ => null,
        }
        : null;
}
