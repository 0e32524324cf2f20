namespace Sluice.Streams.Ledger;

/// <summary>Why the ledger did not settle a document.</summary>
public enum CompletionRefusal
{
    /// <summary>The document is in another generation, belongs to another walk by now, or is gone: somebody else has it.</summary>
    Superseded = 0,

    /// <summary>The ledger has not just the document's chunks, all in its generation, though each was recorded: its memory went back. The document is pending again.</summary>
    Incomplete = 1,
}
