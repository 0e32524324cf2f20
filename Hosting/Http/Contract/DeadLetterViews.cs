namespace Sluice.Hosting.Http.Contract;

/// <summary>The answer of <c>GET /api/v1/dead-letters</c>.</summary>
/// <param name="Items">Letters, oldest first.</param>
/// <param name="Next">Pass it as <c>after</c> for the next page; null at the end.</param>
/// <param name="Total">How many there are, whatever the page; at least so many when <paramref name="TotalIsExact"/> is false.</param>
/// <param name="TotalIsExact">Whether all were counted; counting stops at 10,000.</param>
/// <param name="Reasons">How many by reason, most first.</param>
internal sealed record DeadLetterPage(IReadOnlyList<DeadLetterView> Items, long? Next, long Total, bool TotalIsExact, IReadOnlyList<ReasonCount> Reasons);

/// <summary>How many dead letters have a reason.</summary>
/// <param name="Reason">The code.</param>
/// <param name="Count">How many.</param>
internal sealed record ReasonCount(string Reason, long Count);

/// <summary>Something that failed for good.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Uri">Its document.</param>
/// <param name="Place">Where it stands, as people read it: /docs/a.pdf, page 3.</param>
/// <param name="Reason">Code.</param>
/// <param name="Message">Words.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="At">When it was given up, UTC.</param>
/// <param name="Chunk">Its chunk's id; null for the document as a whole.</param>
/// <param name="Excerpt">Start of the chunk's text, at most 200 characters; null for a document.</param>
/// <param name="KeptChunks">Chunks of the document's earlier text that are still found; 0 for none.</param>
internal sealed record DeadLetterView(long Id, string Uri, string Place, string Reason, string Message, int Attempts, DateTimeOffset At, string? Chunk, string? Excerpt, long KeptChunks = 0);

/// <summary>The body of <c>POST /api/v1/dead-letters/replay</c>: exactly one of the three.</summary>
/// <param name="Letters">Numbers of letters, 1 to 10,000.</param>
/// <param name="Reason">All letters of this reason.</param>
/// <param name="All">True for all letters.</param>
internal sealed record ReplayRequest(IReadOnlyList<long>? Letters = null, string? Reason = null, bool All = false);

/// <summary>What a replay led to.</summary>
/// <param name="Documents">Documents that are tried again.</param>
/// <param name="Jobs">The jobs in which that happens, begun or queued; empty when there was nothing to replay.</param>
/// <param name="Message">The same in words.</param>
internal sealed record ReplayAnswer(int Documents, IReadOnlyList<long> Jobs, string Message);
