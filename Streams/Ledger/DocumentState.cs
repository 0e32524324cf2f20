namespace Sluice.Streams.Ledger;

/// <summary>Where a document stands in the ledger.</summary>
public enum DocumentState
{
    /// <summary>Listed, to be processed.</summary>
    Pending = 0,

    /// <summary>Being processed, or left so by a crash.</summary>
    Processing = 1,

    /// <summary>All its chunks are in the sink.</summary>
    Indexed = 2,

    /// <summary>Left out, with a reason.</summary>
    Skipped = 3,

    /// <summary>Failed for good, with a reason.</summary>
    Dead = 4,
}
