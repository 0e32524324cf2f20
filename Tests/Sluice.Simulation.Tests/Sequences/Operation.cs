using Sluice.Simulation.Tests.World;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>A step of a sequence. Carries all its chances itself, so that a sequence from which others are dropped does the same with it.</summary>
internal abstract record Operation
{
    /// <summary>Simpler operations that may do as well.</summary>
    public virtual IEnumerable<Operation> Smaller() => [];
}

/// <summary>What a person does to a document.</summary>
internal enum ChangeKind
{
    Write,
    Shift,
    Touch,
    Delete,
    Move,
    Copy,
    Corrupt,
    Undo,
}

/// <summary>A person changes a document.</summary>
internal sealed record Change(ChangeKind Kind, int Document, int Other, string Text) : Operation
{
    public override string ToString() => Kind switch
    {
        ChangeKind.Write => $"write document {Document}: {Text.Replace("\n", " | ", StringComparison.Ordinal)}",
        ChangeKind.Move or ChangeKind.Copy => $"{(Kind == ChangeKind.Move ? "rename" : "copy")} document {Document} to {Other}",
        ChangeKind.Undo => "write every document as it was before",
        ChangeKind.Shift => $"put empty lines above document {Document}",
        _ => $"{Kind.ToString().ToLowerInvariant()} document {Document}",
    };

    public override IEnumerable<Operation> Smaller()
    {
        if (Kind == ChangeKind.Write && Text.Contains('\n', StringComparison.Ordinal))
        {
            var lines = Text.Split('\n');
            for (var index = 0; index < Math.Min(lines.Length, 6); index++)
            {
                yield return this with { Text = string.Join('\n', lines.Where((_, at) => at != index)) };
            }

            if (lines.Length > 6)
            {
                yield return this with { Text = string.Join('\n', lines.Take(lines.Length / 2)) };
            }
        }
    }
}

/// <summary>A document cannot be read, for a reason that does not lie in it.</summary>
internal sealed record Trouble(int Document, TroubleKind Kind) : Operation
{
    public override string ToString() => $"document {Document} cannot be read: {Kind}";
}

/// <summary>What happens around the corpus and the stores.</summary>
internal enum EventKind
{
    SourceDown,
    RootGone,
    RootEmpty,
    RootNotQuiteEmpty,
    ShareGone,
    AllBack,
    SinkForgets,
    CopyStores,
    RestoreLedger,
    RestoreSink,
    Verify,
    Replay,
}

/// <summary>Something happens around the corpus and the stores.</summary>
internal sealed record Event(EventKind Kind, int Number = 0) : Operation
{
    public override string ToString() => Kind switch
    {
        EventKind.SourceDown => "the source does not answer",
        EventKind.RootGone => "the source's root goes away",
        EventKind.RootEmpty => "the source's root goes away; an empty mount point stays",
        EventKind.RootNotQuiteEmpty => "the source's root goes away; a mount point with a README stays",
        EventKind.ShareGone => "a subfolder goes away",
        EventKind.AllBack => "whatever was away is back",
        EventKind.SinkForgets => $"the database loses every {Number + 2}th chunk without a word",
        EventKind.CopyStores => "ledger and database are copied",
        EventKind.RestoreLedger => "the ledger is restored from the copy",
        EventKind.RestoreSink => "the database is restored from the copy",
        EventKind.Verify => "verify --repair",
        _ => "dead replay",
    };
}

/// <summary>A run of a source: 0 for the main one, 1 for the second one, then the pages.</summary>
internal sealed record Ingest(Plan Plan, int Source = 0) : Operation
{
    public override string ToString() => $"ingest {(Source switch { 0 => "the main source", 1 => "the second source", _ => $"page {Source - 1}" })}, {Plan}";

    public override IEnumerable<Operation> Smaller() => Plan.Smaller().Select(plan => this with { Plan = plan });
}

/// <summary>Two runs at once, of two sources into one collection.</summary>
internal sealed record TwoJobs(Plan Main, Plan Second) : Operation
{
    public override string ToString() => $"two jobs at once; main source, {Main}; second source, {Second}";

    public override IEnumerable<Operation> Smaller() =>
        Main.Smaller().Select(plan => this with { Main = plan }).Concat(Second.Smaller().Select(plan => this with { Second = plan })).Cast<Operation>().Append(new Ingest(Main));
}

/// <summary>An owner stands still in the middle of a run; somebody edits; another owner does the run; the first one goes on.</summary>
/// <param name="Old">The run that stands still, where a fault of its plan says so.</param>
/// <param name="Edits">What is changed meanwhile.</param>
/// <param name="New">The run of the other owner.</param>
/// <param name="ThawAt">After how many calls of the other owner the first one goes on; 0 for after its end.</param>
internal sealed record TakeOver(Plan Old, IReadOnlyList<Change> Edits, Plan New, int ThawAt) : Operation
{
    public override string ToString() =>
        $"an owner stands still, {Old}; meanwhile [{string.Join("; ", Edits)}]; another owner, {New}; the first goes on {(ThawAt > 0 ? $"after {ThawAt} calls of the other" : "after the other's end")}";

    public override IEnumerable<Operation> Smaller()
    {
        for (var index = 0; index < Edits.Count; index++)
        {
            yield return this with { Edits = [.. Edits.Where((_, at) => at != index)] };
        }

        foreach (var plan in Old.Smaller())
        {
            yield return this with { Old = plan };
        }

        foreach (var plan in New.Smaller())
        {
            yield return this with { New = plan };
        }
    }
}

/// <summary>What happens to the nodes of a job.</summary>
internal enum MoveKind
{
    /// <summary>A partition moves to another node, in order.</summary>
    HandOver,

    /// <summary>A node stands still; its partitions are given to the other, and it goes on later.</summary>
    Lose,

    /// <summary>What runs the job on a node breaks.</summary>
    BreakStation,
}

/// <summary>Something happens to the nodes of a job.</summary>
/// <param name="At">After how many calls of the job.</param>
/// <param name="Kind">What.</param>
/// <param name="Number">Of the partition, or of the node.</param>
internal sealed record Move(int At, MoveKind Kind, int Number)
{
    public override string ToString() => $"after {At} calls: {Kind switch { MoveKind.HandOver => $"partition {Number} moves", MoveKind.Lose => $"node {Number + 1} stands still and loses its partitions", _ => $"the station of node {Number + 1} breaks" }}";
}

/// <summary>A run of the main source on a coordinator and two nodes.</summary>
/// <param name="Coordinator">What goes wrong with the coordinator's calls.</param>
/// <param name="First">With those of the first node.</param>
/// <param name="Second">With those of the second one.</param>
/// <param name="Moves">What happens to the nodes.</param>
/// <param name="Resumes">Whether it takes an unfinished walk up.</param>
/// <param name="Heir">Takes the walk up where the coordinator stands still; null where it does not.</param>
/// <param name="ThawAt">After how many calls of the heir the first one goes on.</param>
internal sealed record ClusterJob(Plan Coordinator, Plan First, Plan Second, IReadOnlyList<Move> Moves, bool Resumes, ClusterJob? Heir = null, int ThawAt = 0) : Operation
{
    public override string ToString() =>
        $"a job on two nodes{(Resumes ? ", taken up" : "")}; coordinator, {Coordinator}; node 1, {First}; node 2, {Second}; [{string.Join("; ", Moves)}]"
        + (Heir is null ? "" : $"; where its coordinator stands still, {Heir}; the first goes on after {ThawAt} calls");

    public override IEnumerable<Operation> Smaller()
    {
        for (var index = 0; index < Moves.Count; index++)
        {
            yield return this with { Moves = [.. Moves.Where((_, at) => at != index)] };
        }

        foreach (var plan in Coordinator.Smaller())
        {
            yield return this with { Coordinator = plan };
        }

        foreach (var heir in (Heir?.Smaller() ?? []).Cast<ClusterJob>())
        {
            yield return this with { Heir = heir };
        }

        foreach (var plan in First.Smaller())
        {
            yield return this with { First = plan };
        }

        foreach (var plan in Second.Smaller())
        {
            yield return this with { Second = plan };
        }
    }
}
