namespace Sluice.Streams.Failures;

/// <summary>How a document that was not indexed is accounted for.</summary>
public enum Verdict
{
    /// <summary>There was nothing to index, by design: empty, binary, of an unknown type, too large by setting.</summary>
    Skipped,

    /// <summary>It should have been indexed and could not be: a dead letter, which can be seen and replayed.</summary>
    Dead,
}
