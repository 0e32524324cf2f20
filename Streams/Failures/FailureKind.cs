namespace Sluice.Streams.Failures;

/// <summary>What to do about an item that failed. Cancellation is none of these.</summary>
public enum FailureKind
{
    /// <summary>It may work later: back off, retry, then offer again.</summary>
    Transient,

    /// <summary>It will never work: dead letter with the reason.</summary>
    Permanent,

    /// <summary>It broke whoever handled it: restart that with back-off, dead letter after three times.</summary>
    Poison,
}
