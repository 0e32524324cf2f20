using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers;

/// <summary>One kind of ledger: a database. A new one gets a folder of its own and a place in the list of <see cref="Ledgers"/>.</summary>
internal interface ILedgerProvider
{
    /// <summary>Scheme of its URIs, lower-case.</summary>
    string Scheme { get; }

    /// <summary>A URI of it, for messages.</summary>
    string Example { get; }

    /// <summary>Opens a ledger.</summary>
    ILedger Open(string uri, TimeProvider timeProvider);
}
