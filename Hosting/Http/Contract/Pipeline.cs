namespace Sluice.Hosting.Http.Contract;

/// <summary>The pipeline as it is: <c>sources → source → parse → embed → index → sinks</c>.</summary>
/// <param name="Sources">Where documents come from.</param>
/// <param name="Stages">source, parse, embed and index, in the order of the data's way; always these four.</param>
/// <param name="Links">What joins them; link n leads from stage n to stage n + 1.</param>
/// <param name="Sinks">Where vectors go.</param>
/// <param name="Model">The model; null while none is opened.</param>
/// <param name="Limit">Which stage holds up the others.</param>
internal sealed record PipelineView(
    IReadOnlyList<SourceView> Sources,
    IReadOnlyList<StageView> Stages,
    IReadOnlyList<LinkView> Links,
    IReadOnlyList<SinkView> Sinks,
    ModelView? Model,
    LimitView Limit);

/// <summary>Where documents come from.</summary>
/// <param name="Location">Path or URI, without secrets.</param>
/// <param name="State">waiting, walking or done.</param>
internal sealed record SourceView(string Location, string State);

/// <summary>Where vectors go.</summary>
/// <param name="Name">Its URI without secrets.</param>
/// <param name="Kind">Kind of database: sqlite, pgvector, qdrant and so on.</param>
internal sealed record SinkView(string Name, string Kind);

/// <summary>A stage. The three shares say how its workers spent the last 10 seconds; what is left of 1 was spent on nothing that is measured.</summary>
/// <param name="Name">source, parse, embed or index.</param>
/// <param name="Title">What people call it: Source, Parser, Embedder, Database.</param>
/// <param name="Unit">What it counts: documents, chunks or vectors.</param>
/// <param name="Items">How many left it in this job.</param>
/// <param name="Rate">How many a second, over the last 10 seconds.</param>
/// <param name="Workers">How many work at once.</param>
/// <param name="BusyShare">Share of the time they worked, 0 to 1.</param>
/// <param name="InputWaitShare">Share of the time they waited for work, 0 to 1.</param>
/// <param name="OutputWaitShare">Share of the time they waited for room further on, 0 to 1.</param>
/// <param name="Latency">How long one batch takes: a document's piece, a batch of chunks, a request to the database; null before the first one.</param>
internal sealed record StageView(
    string Name,
    string Title,
    string Unit,
    long Items,
    double Rate,
    int Workers,
    double BusyShare,
    double InputWaitShare,
    double OutputWaitShare,
    LatencyView? Latency);

/// <summary>Percentiles of a duration over the last minute, in seconds.</summary>
/// <param name="P50">Half of them took at most this.</param>
/// <param name="P95">95 of 100.</param>
/// <param name="P99">99 of 100.</param>
/// <param name="Count">How many were measured.</param>
internal sealed record LatencyView(double P50, double P95, double P99, long Count);

/// <summary>What joins two stages: a bounded queue.</summary>
/// <param name="Name">pending (the ledger), in-flight, packing or sink.</param>
/// <param name="From">Stage before it.</param>
/// <param name="To">Stage behind it.</param>
/// <param name="Unit">documents, bytes or tokens.</param>
/// <param name="Fill">What it holds.</param>
/// <param name="Bound">What it holds at most; null for the ledger, which has no bound.</param>
/// <param name="FillShare">Fill through bound, 0 to 1 (a little above 1 is possible: one element may pass the bound); null without a bound.</param>
/// <param name="Rate">What passes it a second, in items of the stage before it.</param>
internal sealed record LinkView(string Name, string From, string To, string Unit, long Fill, long? Bound, double? FillShare, double Rate);

/// <summary>The embedding model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimension">Values of a vector; 0 where a job's coordinator does not tell.</param>
/// <param name="MaxTokens">Tokens it takes at most; 0 where a job's coordinator does not tell.</param>
/// <param name="Device">Where it runs: cpu, cuda:0.</param>
internal sealed record ModelView(string Name, int Dimension, int MaxTokens, string Device);

/// <summary>What holds up the whole.</summary>
/// <param name="Stage">source, parse, embed or index; null when nothing does, or it is not known yet.</param>
/// <param name="Sentence">In words: "The database is the limit: it accepts 1,240 vectors/s; the embedder waits 61 % of the time."</param>
internal sealed record LimitView(string? Stage, string Sentence);
