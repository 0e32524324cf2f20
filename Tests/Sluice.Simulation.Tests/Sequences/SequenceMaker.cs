using Sluice.Simulation.Tests.Nodes;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Simulation.Tests.World;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>Makes random sequences: always a corpus and a first run, then a few steps.</summary>
internal static class SequenceMaker
{
    private static readonly string[] s_sinkWrites = ["sink.Upsert", "sink.Relocate", "sink.Delete", "sink.DeleteDocuments"];
    private static readonly string[] s_sinkReads = ["sink.FetchEmbeddings", "sink.ListIds", "sink.MakeVisible"];

    private static readonly string[] s_ledger =
    [
        "ledger.BeginWalk", "ledger.AddListing", "ledger.ListPending", "ledger.Begin", "ledger.FindChunks", "ledger.FindTwin", "ledger.RecordChunks", "ledger.ListStaleChunks", "ledger.RemoveChunks",
        "ledger.Complete", "ledger.ListUnconfirmed", "ledger.Confirm", "ledger.ListRemoved", "ledger.RemoveDocuments", "ledger.EndWalk", "ledger.Account", "ledger.Requeue",
    ];

    private static readonly string[] s_coordinator = ["ledger.AddListing", "ledger.AddListing", "ledger.ListRemoved", "ledger.RemoveDocuments", "ledger.EndWalk", "sink.DeleteDocuments", "ledger.Confirm"];

    private static readonly string[] s_ledgerWrites =
        ["ledger.AddListing", "ledger.Begin", "ledger.RecordChunks", "ledger.RemoveChunks", "ledger.Complete", "ledger.Confirm", "ledger.RemoveDocuments", "ledger.EndWalk"];

    /// <summary>Makes the sequence of a seed.</summary>
    public static IReadOnlyList<Operation> Make(ulong seed)
    {
        var dice = new Dice(seed);
        var operations = new List<Operation>();
        for (var document = 0; document < Corpus.All; document++)
        {
            if (dice.Next(3) > 0)
            {
                operations.Add(Write(dice, document));
            }
        }

        operations.Add(new Ingest(new Plan(dice.Next(), dice.Once(3) ? Faults(dice) : [])));
        if (dice.Once(3))
        {
            operations.Add(new Ingest(new Plan(dice.Next(), []), 1 + dice.Next(Corpus.Sources - 1)));
        }

        for (var steps = 2 + dice.Next(4); steps > 0; steps--)
        {
            Step(dice, operations);
        }

        return operations;
    }

    private static void Step(Dice dice, List<Operation> operations)
    {
        for (var edits = 1 + dice.Next(3); edits > 0; edits--)
        {
            operations.Add(Edit(dice));
        }

        switch (dice.Next(16))
        {
            case 0:
                operations.Add(new Event(dice.Of(EventKind.RootGone, EventKind.RootEmpty, EventKind.RootNotQuiteEmpty)));
                break;
            case 1:
                operations.Add(new Event(EventKind.SourceDown));
                break;
            case 2:
                operations.Add(new Event(EventKind.ShareGone));
                break;
            case 3:
                operations.Add(new Event(EventKind.SinkForgets, dice.Next(3)));
                break;
            case 4:
                operations.Add(new Event(EventKind.CopyStores));
                break;
            case 5:
                operations.Add(new Event(dice.Of(EventKind.RestoreLedger, EventKind.RestoreSink)));
                break;
            case 6:
                operations.Add(new Event(dice.Of(EventKind.Verify, EventKind.Replay, EventKind.AllBack)));
                break;
            case 7 or 8:
                operations.Add(new Trouble(dice.Next(Corpus.Main), (TroubleKind)dice.Next(7)));
                break;
        }

        operations.Add(dice.Next(10) switch
        {
            8 => Job(dice, dice.Once(2)),
            9 => Job(dice, resumes: false) with
            {
                Coordinator = new Plan(dice.Next(), Stale(dice)),
                Heir = Job(dice, resumes: true),
                ThawAt = 1 + dice.Next(60),
            },
            0 => new TakeOver(
                new Plan(dice.Next(), [new Fault(dice.Of<string>([.. s_sinkWrites, .. s_ledgerWrites, "sink.Delete", "ledger.RemoveChunks"]), 1 + dice.Next(3), FaultKind.Freeze)]),
                [.. Enumerable.Range(0, dice.Next(3)).Select(_ => dice.Once(2) ? new Change(ChangeKind.Undo, 0, 0, "") : Edit(dice))],
                new Plan(dice.Next(), dice.Once(4) ? Faults(dice) : [], Prunes: dice.Once(2)),
                dice.Once(2) ? 0 : 1 + dice.Next(40)),
            1 => new TwoJobs(new Plan(dice.Next(), dice.Once(2) ? Faults(dice) : [], Prunes: dice.Once(2)), new Plan(dice.Next(), dice.Once(3) ? Faults(dice) : [])),
            _ => new Ingest(
                new Plan(dice.Next(), dice.Once(4) ? [] : Faults(dice), dice.Once(6) ? 1 + dice.Next(60) : 0, dice.Once(8) ? 2 : 1, dice.Once(2)),
                dice.Once(5) ? 1 + dice.Next(Corpus.Sources - 1) : 0),
        });
        if (dice.Once(3))
        {
            operations.Add(new Event(EventKind.AllBack));
        }
    }

    /// <summary>A coordinator stands still; some die after the call that they had in hand.</summary>
    private static List<Fault> Stale(Dice dice)
    {
        var number = 1 + dice.Next(2);
        return dice.Once(2)
            ? [new Fault("ledger.AddListing", number, FaultKind.Freeze), new Fault("source.List", number + 1, FaultKind.Crash)]
            : [new Fault(dice.Of(s_coordinator), number, FaultKind.Freeze)];
    }

    private static ClusterJob Job(Dice dice, bool resumes) => new(
        new Plan(dice.Next(), dice.Once(4) ? Faults(dice) : [], Prunes: dice.Once(2)),
        new Plan(dice.Next(), dice.Once(3) ? Faults(dice) : []),
        new Plan(dice.Next(), dice.Once(4) ? Faults(dice) : []),
        [
            .. Enumerable.Range(0, dice.Next(4)).Select(_ => new Move(
                8 + dice.Next(60),
                dice.Of(MoveKind.HandOver, MoveKind.HandOver, MoveKind.Lose, MoveKind.BreakStation, MoveKind.BreakStation),
                dice.Next(ClusterRun.Nodes))),
        ],
        resumes);

    private static Change Write(Dice dice, int document)
    {
        var lines = dice.Once(10) ? 17 + dice.Next(20) : 1 + dice.Next(4);
        return new Change(ChangeKind.Write, document, 0, string.Join('\n', Enumerable.Range(0, lines).Select(line => lines > 4 ? $"long {dice.Next(4)} {line}" : Line(dice))));
    }

    private static string Line(Dice dice) => dice.Next(24) switch
    {
        0 => $"poison {dice.Next(3)}",
        1 => $"stubborn {dice.Next(3)}",
        2 => $"sticky {dice.Next(3)}",
        _ => $"line {dice.Next(14)}",
    };

    private static Change Edit(Dice dice)
    {
        var (document, other) = (dice.Next(dice.Once(5) ? Corpus.Files : Corpus.Main), dice.Next(Corpus.Main));
        return dice.Next(12) switch
        {
            0 or 1 or 2 => Write(dice, dice.Once(5) ? dice.Next(Corpus.All) : document),
            3 or 4 => new Change(ChangeKind.Shift, document, 0, ""),
            5 => new Change(ChangeKind.Touch, document, 0, ""),
            6 => new Change(ChangeKind.Delete, document, 0, ""),
            7 or 8 => new Change(ChangeKind.Move, document, other, ""),
            9 or 10 => new Change(ChangeKind.Copy, document, other, ""),
            _ => new Change(ChangeKind.Corrupt, document, 0, ""),
        };
    }

    private static List<Fault> Faults(Dice dice) => [.. Enumerable.Range(0, 1 + dice.Next(3)).Select(_ => Fault(dice))];

    private static Fault Fault(Dice dice) => dice.Next(12) switch
    {
        0 or 1 or 2 => new Fault(
            dice.Of(s_sinkWrites),
            1 + dice.Next(5),
            dice.Of(FaultKind.Transient, FaultKind.Transient, FaultKind.TransientAfter, FaultKind.Partly, FaultKind.TooLarge, FaultKind.Crash, FaultKind.CrashAfter, FaultKind.CrashAfter, FaultKind.Broken, FaultKind.Lost, FaultKind.PartlyLost),
            dice.Once(3) ? 1 + dice.Next(9) : 1),
        3 or 4 => new Fault(dice.Of(s_sinkReads), 1 + dice.Next(2), dice.Of(FaultKind.Transient, FaultKind.Transient, FaultKind.Crash), dice.Once(3) ? 1 + dice.Next(9) : 1),
        5 or 6 or 7 => new Fault(dice.Of(s_ledger), 1 + dice.Next(5), dice.Of(FaultKind.Transient, FaultKind.TransientAfter, FaultKind.Crash, FaultKind.CrashAfter, FaultKind.CrashAfter, FaultKind.Broken), dice.Once(3) ? 1 + dice.Next(9) : 1),
        8 => new Fault("source.List", 1 + dice.Next(2), FaultKind.Transient, 1 + dice.Next(6)),
        9 => new Fault("source.Open", 1 + dice.Next(5), FaultKind.Transient, 1 + dice.Next(6)),
        10 => new Fault("source.Open", 1 + dice.Next(6), dice.Of(FaultKind.RootAway, FaultKind.ShareAway, FaultKind.SourceDown)),
        _ => dice.Once(2) ? new Fault("sink.Describe", 1, FaultKind.NotThere) : new Fault("source.Open", 3 + dice.Next(8), FaultKind.AllBack),
    };
}
