namespace Sluice.Streams.Ledger;

/// <summary>A node's part of its cluster's hold on a ledger. Given back when it is disposed, and by the death of the process.</summary>
public interface IClusterLease : IAsyncDisposable
{
    /// <summary>Ends, with words, when somebody else has taken the ledger while this node could not reach it; else never.</summary>
    Task<string> Lost { get; }
}
