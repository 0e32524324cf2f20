namespace Sluice.Hosting.Http.Contract;

/// <summary>The answer of <c>GET /api/v1/search</c>.</summary>
/// <param name="Query">The question.</param>
/// <param name="Mode">vector, full-text or hybrid.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Hits">The best places, best first.</param>
internal sealed record SearchAnswer(string Query, string Mode, double Seconds, IReadOnlyList<HitView> Hits);

/// <summary>A place that answers.</summary>
/// <param name="Uri">Its document.</param>
/// <param name="Place">Where it stands, as people read it: /docs/a.md:14.</param>
/// <param name="Score">Higher is better; comparable within one answer.</param>
/// <param name="Title">Its document's title; null for none.</param>
/// <param name="Headings">Headings above it, outermost first.</param>
/// <param name="Text">Its text, at most 4,000 characters.</param>
/// <param name="Line">Line, from 1; null where the format has none.</param>
/// <param name="Page">Page, from 1; null where the format has none.</param>
/// <param name="Row">Row, from 1; null where the format has none.</param>
/// <param name="Chunk">Its chunk's id.</param>
internal sealed record HitView(
    string Uri,
    string Place,
    double Score,
    string? Title,
    IReadOnlyList<string> Headings,
    string Text,
    int? Line,
    int? Page,
    long? Row,
    string Chunk);
