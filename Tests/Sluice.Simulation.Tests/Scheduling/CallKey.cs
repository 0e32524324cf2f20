using System.Collections;
using System.Runtime.CompilerServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>What a call is about, in words: calls that wait together are put in the order of these, whichever thread came first.</summary>
internal static class CallKey
{
    public static string Of(object? argument) => argument switch
    {
        null or CancellationToken or Walk => "",
        string text => text,
        VectorRecord record => Of(record.Chunk),
        Chunk chunk => chunk.Id.ToString(),
        StoredChunks stored => $"{stored.Document} {stored.Generation} {Of(stored.Chunks)}",
        LedgerChunk chunk => chunk.Id.ToString(),
        DocumentOutcome outcome => outcome.Document.ToString(),
        ListedDocument listed => listed.Uri,
        LedgerDocument document => document.Listed.Uri,
        ListingPage page => Of(page.Documents),
        ITuple tuple => string.Join(' ', Enumerable.Range(0, tuple.Length).Select(index => Of(tuple[index]))),
        IEnumerable items => string.Join(' ', items.Cast<object?>().Select(Of)),
        ValueType value => value.ToString() ?? "",
        _ => "",
    };
}
