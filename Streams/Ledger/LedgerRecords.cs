using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Streams.Ledger;

/// <summary>Who wants to hold the ledger.</summary>
/// <param name="Holder">Machine, process id and command, for the message to whoever comes second.</param>
public sealed record LeaseRequest(string Holder)
{
    /// <summary>Whether it may go on beside a cluster whose jobs rest: for what only compares.</summary>
    public bool BesideIdleCluster { get; init; }
}

/// <summary>A walk of a source into a sink.</summary>
/// <param name="Scope">The source's scope, <see cref="IDocumentSource.Scope"/>.</param>
/// <param name="Sink">The sink's name; documents are tracked per sink.</param>
/// <param name="Configuration">Configuration hash: parser, chunker, model. Documents indexed under another one are pending again.</param>
public sealed record WalkSpec(SourceScope Scope, string Sink, string Configuration);

/// <summary>An open walk.</summary>
/// <param name="Id">Rises with each walk.</param>
/// <param name="Spec">What it walks.</param>
/// <param name="Cursor">Where its listing goes on; null at its beginning.</param>
public sealed record Walk(long Id, WalkSpec Spec, string? Cursor)
{
    /// <summary>Whether its listing is at its end already: it was taken up again after that.</summary>
    public bool Listed { get; init; }

    /// <summary>Whether every page so far was complete; see <see cref="ListingPage.Complete"/>.</summary>
    public bool Complete { get; init; } = true;

    /// <summary>What the source's root looked like when the walk began, see <see cref="IDocumentSource.CheckRootAsync"/>; null while nobody has told.</summary>
    public string? Root { get; init; }

    /// <summary>Rises each time that a walk begins or is taken up: writes to the walk of an earlier epoch are refused. Of no meaning to those who only process documents.</summary>
    public long Epoch { get; init; }
}

/// <summary>A range of slots, half open: what a partition owns.</summary>
/// <param name="Start">First slot.</param>
/// <param name="End">One past the last.</param>
public readonly record struct SlotRange(int Start, int End)
{
    /// <summary>The range of partition <paramref name="index"/> of <paramref name="count"/>; together they cover every slot once.</summary>
    /// <param name="index">0 to <paramref name="count"/> - 1.</param>
    /// <param name="count">1 to <see cref="DocumentId.SlotCount"/>.</param>
    /// <returns>The range.</returns>
    public static SlotRange OfPartition(int index, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, DocumentId.SlotCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
        return new(index * DocumentId.SlotCount / count, (index + 1) * DocumentId.SlotCount / count);
    }
}

/// <summary>A document that waits to be processed.</summary>
/// <param name="Listed">As the source listed it.</param>
/// <param name="Generation">Generation of its last processing; 0 when it never was.</param>
/// <param name="ContentHash">Hash of the content that was last indexed under the walk's configuration; null when there is none, or when it must be processed whatever its content.</param>
/// <param name="Interrupted">True when its last processing did not end: the sink may hold chunks of it that the ledger does not know.</param>
public sealed record PendingDocument(ListedDocument Listed, long Generation, string? ContentHash, bool Interrupted)
{
    /// <summary>How often its processing was begun since it last ended: more than 0 when it was under way while a process stopped, for whatever reason.</summary>
    public int Attempts { get; init; }

    /// <summary>The document's id.</summary>
    public DocumentId Id => Listed.Id;

    /// <summary>Chunks that the last processing that ended well left in the sink: text that an outcome of the surroundings must not take away.</summary>
    public long EarlierChunks { get; init; }
}

/// <summary>Chunks of one document that the sink has committed.</summary>
/// <param name="Document">The document.</param>
/// <param name="Generation">Its processing.</param>
/// <param name="Chunks">Their ids, with the hash of what is kept beside the text (place, headings).</param>
public sealed record StoredChunks(DocumentId Document, long Generation, IReadOnlyList<LedgerChunk> Chunks);

/// <summary>A chunk the ledger knows.</summary>
/// <param name="Id">The chunk.</param>
/// <param name="PlaceHash">Hash of its place, headings, title and metadata as last stored.</param>
public readonly record struct LedgerChunk(ChunkId Id, long PlaceHash);

/// <summary>How the processing of a document ended.</summary>
/// <param name="Document">The document.</param>
/// <param name="Generation">Its processing.</param>
/// <param name="State"><see cref="DocumentState.Indexed"/>, <see cref="DocumentState.Skipped"/> or <see cref="DocumentState.Dead"/>.</param>
public sealed record DocumentOutcome(DocumentId Document, long Generation, DocumentState State)
{
    /// <summary>True when it proved unchanged, by its content's hash, and nothing was processed.</summary>
    public bool Unchanged { get; init; }

    /// <summary>
    /// Whether its generation was begun with <see cref="ILedger.BeginAsync"/>. Where it was not, it counts only if nobody has begun it meanwhile; what proved unchanged never was.
    /// </summary>
    public bool Begun { get; init; } = true;

    /// <summary>Hash of the content, where it was read to its end.</summary>
    public string? ContentHash { get; init; }

    /// <summary>The listing that the content belongs to, where it differs from the one in the ledger (it changed while waiting).</summary>
    public ListedDocument? Listed { get; init; }

    /// <summary>Number of its chunks that are recorded in its generation.</summary>
    public long ChunkCount { get; init; }

    /// <summary>Why it was skipped or is dead.</summary>
    public Rejection? Rejection { get; init; }

    /// <summary>True when it was not indexed and what an earlier processing stored of it stays: the ledger keeps that count.</summary>
    public bool KeepsEarlier { get; init; }

    /// <summary>
    /// Whether the sink may hold chunks of it that the ledger does not know: it is unconfirmed from the same statement on, so that no crash loses the doubt, and is compared with the
    /// sink at the end of the walk.
    /// </summary>
    public bool Doubtful { get; init; }

    /// <summary>Dead letters to keep with it: one for the document, or one a chunk.</summary>
    public IReadOnlyList<DeadLetter> DeadLetters { get; init; } = [];

    /// <summary>Whether <see cref="ChunkCount"/> chunks must be recorded in its generation: it was read to its end, and is in the sink but for single chunks at most.</summary>
    public bool IsCounted => !Unchanged && (State == DocumentState.Indexed || DeadLetters.Any(static letter => letter.Chunk is not null));
}

/// <summary>Something that failed for good, kept until it is replayed with success or dropped.</summary>
/// <param name="Id">Number in the ledger; 0 before it is stored.</param>
/// <param name="Document">Its document.</param>
/// <param name="Uri">The document's URI.</param>
/// <param name="Chunk">The chunk, or null for the document as a whole.</param>
/// <param name="Place">Where the chunk stands.</param>
/// <param name="Reason">Code of <see cref="Reasons"/>.</param>
/// <param name="Message">Words.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="At">When it was given up.</param>
public sealed record DeadLetter(
    long Id,
    DocumentId Document,
    string Uri,
    ChunkId? Chunk,
    Place? Place,
    string Reason,
    string Message,
    int Attempts,
    DateTimeOffset At)
{
    /// <summary>Start of the chunk's text, at most 200 characters, so that a person recognises it; null for a document.</summary>
    public string? Excerpt { get; init; }

    /// <summary>For a document as a whole: chunks of an earlier processing that are still in the sink.</summary>
    public long KeptChunks { get; init; }
}

/// <summary>A document that was taken out of a sink because its source has it no longer.</summary>
/// <param name="Uri">Its URI.</param>
/// <param name="At">When.</param>
/// <param name="Walk">The walk that did not find it.</param>
/// <param name="Chunks">Chunks it had, as the ledger knew them.</param>
public sealed record Removal(string Uri, DateTimeOffset At, long Walk, long Chunks);

/// <summary>What removing the documents that a walk did not find would take away.</summary>
/// <param name="Gone">Documents with text in the sink that the walk did not find.</param>
/// <param name="Had">Documents with text in the sink that its source had before the walk.</param>
public readonly record struct RemovalForecast(long Gone, long Had);

/// <summary>A document as the ledger has it.</summary>
/// <param name="Listed">As last listed.</param>
/// <param name="State">Its state.</param>
/// <param name="Generation">Generation of its last processing.</param>
/// <param name="ChunkCount">Chunks of its last complete processing.</param>
/// <param name="Rejection">Why it was skipped or is dead.</param>
public sealed record LedgerDocument(ListedDocument Listed, DocumentState State, long Generation, long ChunkCount, Rejection? Rejection)
{
    /// <summary>Hash of the content that was last indexed; null where there is none.</summary>
    public string? ContentHash { get; init; }

    /// <summary>Configuration hash that it was last settled under; null where it never was.</summary>
    public string? Configuration { get; init; }

    /// <summary>
    /// The number of its last doubt: rises each time that the document is marked as unconfirmed, also where it is so already, and never repeats. A comparison confirms this doubt, and no later one.
    /// </summary>
    public long Doubt { get; init; }

    /// <summary>Whether it is not indexed as it is now, and the text of an earlier processing stays. One of which single chunks failed, or were given up, has its present text.</summary>
    public bool KeepsEarlier =>
        State is DocumentState.Skipped or DocumentState.Dead && ChunkCount > 0 && Rejection?.Reason is not (Reasons.EmbeddingFailed or Reasons.RefusedBySink or Reasons.Dropped);
}

/// <summary>The accounting of a walk: every discovered document is in exactly one of the other counts once the walk is processed.</summary>
/// <param name="Discovered">Documents listed.</param>
/// <param name="Indexed">Processed in this walk, all chunks in the sink.</param>
/// <param name="Unchanged">Indexed before, and the same as then.</param>
/// <param name="Skipped">Left out, by reason; those of earlier walks that did not change included.</param>
/// <param name="Dead">Dead, by reason; those of earlier walks that did not change included.</param>
/// <param name="Pending">Not processed yet: 0 at the end of an uninterrupted run.</param>
public sealed record Accounting(
    long Discovered,
    long Indexed,
    long Unchanged,
    IReadOnlyDictionary<string, long> Skipped,
    IReadOnlyDictionary<string, long> Dead,
    long Pending)
{
    /// <summary>Documents that were taken out of the sink because the source has them no longer: not among the discovered.</summary>
    public long Removed { get; init; }

    /// <summary>Skipped or dead documents whose earlier text is still in the sink.</summary>
    public long Kept { get; init; }

    /// <summary>Documents that could not be read for a reason of the surroundings: the next run tries them again.</summary>
    public long ToTryAgain => Skipped.Concat(Dead).Where(static count => !Reasons.AreOfContent(count.Key)).Sum(static count => count.Value);

    /// <summary>Adds another accounting: of another source, say.</summary>
    /// <param name="other">The other.</param>
    /// <returns>The sum.</returns>
    public Accounting Plus(Accounting other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Discovered + other.Discovered, Indexed + other.Indexed, Unchanged + other.Unchanged, Sum(Skipped, other.Skipped), Sum(Dead, other.Dead), Pending + other.Pending)
        {
            Removed = Removed + other.Removed,
            Kept = Kept + other.Kept,
        };
    }

    private static Dictionary<string, long> Sum(IReadOnlyDictionary<string, long> left, IReadOnlyDictionary<string, long> right)
    {
        var sum = new Dictionary<string, long>(left, StringComparer.Ordinal);
        foreach (var (reason, count) in right)
        {
            sum[reason] = sum.GetValueOrDefault(reason) + count;
        }

        return sum;
    }

    /// <summary>Whether discovered = indexed + unchanged + skipped + dead + pending.</summary>
    public bool Balances => Discovered == Indexed + Unchanged + Skipped.Values.Sum() + Dead.Values.Sum() + Pending;
}

/// <summary>What a ledger holds for a sink.</summary>
/// <param name="Scope">A source's scope.</param>
/// <param name="Configuration">Configuration hash of its last walk.</param>
/// <param name="Documents">Documents by state.</param>
/// <param name="Chunks">Chunks recorded as stored.</param>
/// <param name="LastWalk">When it was last walked.</param>
/// <param name="LastWalkComplete">Whether that walk was processed to its end.</param>
public sealed record ScopeSummary(
    SourceScope Scope,
    string Configuration,
    IReadOnlyDictionary<DocumentState, long> Documents,
    long Chunks,
    DateTimeOffset LastWalk,
    bool LastWalkComplete)
{
    /// <summary>Skipped or dead documents whose earlier text is still in the sink.</summary>
    public long Kept { get; init; }

    /// <summary>Documents that its last walk removed.</summary>
    public long Removed { get; init; }
}
