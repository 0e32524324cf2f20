namespace Sluice.Hosting.Http.Contract;

/// <summary>The answer of <c>GET /api/v1/access</c>: what this server is, and what the one who asks may do.</summary>
/// <param name="Program">Version of the program.</param>
/// <param name="Mode">machine or cluster.</param>
/// <param name="NeedsToken">Whether every call needs a token.</param>
/// <param name="Access">read or control.</param>
/// <param name="CanSubmit">Whether <c>POST /api/v1/jobs</c> is possible here: false where nothing can be ingested (no source is allowed, or the run has ended).</param>
internal sealed record AccessView(string Program, string Mode, bool NeedsToken, string Access, bool CanSubmit);
