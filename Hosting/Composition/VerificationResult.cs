namespace Sluice.Hosting.Composition;

/// <summary>A database compared with its ledger.</summary>
/// <param name="InSink">Chunks in the database.</param>
/// <param name="InLedger">Chunks in the ledger.</param>
/// <param name="Orphans">Chunks in the database that the ledger does not know.</param>
/// <param name="Lost">Chunks of the ledger that the database does not have.</param>
/// <param name="Examples">Some of the differences, in words.</param>
/// <param name="Repaired">Whether orphans were deleted and documents with lost chunks made pending.</param>
internal sealed record VerificationResult(long InSink, long InLedger, long Orphans, long Lost, IReadOnlyList<string> Examples, bool Repaired)
{
    /// <summary>Chunks of earlier readings of settled documents.</summary>
    public long Stale { get; init; }

    /// <summary>Whether the two agree.</summary>
    public bool Agrees => Orphans == 0 && Lost == 0 && Stale == 0;
}
