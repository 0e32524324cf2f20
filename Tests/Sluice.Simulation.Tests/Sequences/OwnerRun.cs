using Sluice.Actors.Core;
using Sluice.Actors.Ledgers;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Simulation.Tests.World;
using Sluice.Streams.Ledger;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>One process that runs the real engine over the simulated world.</summary>
internal sealed class OwnerRun : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILedger _ledger;

    public OwnerRun(Owner owner, Plan plan, bool prunes, int source, Stores stores, Machine machine, Switchboard board)
    {
        Owner = owner;
        Plan = plan;
        Source = source;
        _ledger = stores.OpenLedger();
        var ledger = CallProxy.Around(_ledger, "ledger", owner, board);
        var sink = new SimulatedSink(stores.Sink, owner, board, () => stores.Troubles.SinkRefuses);
        var parts = new IngestionParts(new Lines.Parser(stores.Troubles.OnParse), new Lines.Chunker(), LengthEmbedder.Info, static () => new LengthEmbedder(), sink, ledger);
        var engine = new IngestionEngine(machine.System, parts, Stores.Careful(2), machine.Time);
        engine.Notices.Posted += text => LastNotice = text;
        Task = System.Threading.Tasks.Task.Run(async () =>
        {
            var gated = new GatedSource(stores.OpenSource(source), stores.Corpus.FolderOf(source), owner, board, stores.Troubles);
            var request = new IngestionRequest(gated, $"configuration {plan.Configuration}") { Prune = prunes ? PruneMode.Always : PruneMode.Ask };
            await Preparation.RunAsync(parts, machine.Time, _stop.Token);
            return await engine.RunAsync(request, _stop.Token);
        });
    }

    public Owner Owner { get; }

    public Plan Plan { get; }

    public int Source { get; }

    public Task<IngestionReport> Task { get; }

    public string LastNotice { get; private set; } = "none";

    /// <summary>Whether it says that all is done.</summary>
    public bool ClaimsSuccess => Task.IsCompletedSuccessfully && Report is { Interrupted: false, Accounting.Pending: 0 };

    public IngestionReport Report => Task.GetAwaiter().GetResult();

    /// <summary>Stops it cleanly.</summary>
    /// <returns>Whether it was not stopped before.</returns>
    public bool Stop()
    {
        var first = !_stop.IsCancellationRequested;
        _stop.Cancel();
        return first;
    }

    public void Dispose()
    {
        Stores.Wait(_ledger.DisposeAsync().AsTask());
        _stop.Dispose();
    }

    public override string ToString() => Task.Status switch
    {
        TaskStatus.RanToCompletion => $"{Owner.Name} ended: {Say(Report)}",
        TaskStatus.Faulted => $"{Owner.Name} failed: {Task.Exception!.InnerException!.GetType().Name}: {Task.Exception.InnerException.Message}",
        TaskStatus.Canceled => $"{Owner.Name} was cancelled",
        _ => $"{Owner.Name} is under way; last notice: {LastNotice}",
    };

    private static string Say(IngestionReport report) =>
        $"discovered {report.Accounting.Discovered}, indexed {report.Accounting.Indexed}, unchanged {report.Accounting.Unchanged}, skipped [{string.Join(", ", report.Accounting.Skipped)}], "
        + $"dead [{string.Join(", ", report.Accounting.Dead)}], pending {report.Accounting.Pending}, removed {report.Removed}{(report.Interrupted ? ", interrupted" : "")} {string.Join("; ", report.Warnings)}";
}
