using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <content>The end of a source.</content>
internal sealed partial class JobActor
{
    private static readonly TimeSpan s_lastReports = TimeSpan.FromSeconds(1.5);

    private readonly HashSet<string> _unheard = new(StringComparer.Ordinal);
    private Accounting? _closing;

    private void SettleWhenDone()
    {
        if (!_listed || _settling || !_partitions.AreDone || _walk is not { } walk)
        {
            return;
        }

        _settling = true;
        var token = _walking.Token;
        var edits = Context.ActorOf(IndexerActor.Props(walk.Writer, walk.Meters.Stored));
        Task.Run(() => walk.SettleAsync(edits, token), token).PipeTo(Self, success: accounting => new Settled(accounting, edits));
    }

    private void OnSettled(Settled settled)
    {
        Context.Stop(settled.Edits);
        if (settled.Accounting is not { } accounting)
        {
            // Documents are pending again: a chunk was lost, or a partition ended too early.
            _partitions.BeginAgain();
            _settling = false;
            RunPartitions();
            return;
        }

        // What nodes did in the last second they have not told yet.
        _closing = accounting;
        _unheard.UnionWith(_progress.Heard(_services.Time.GetUtcNow()));
        Timers.StartSingleTimer("heard", new HeardEnough(), s_lastReports);
    }

    private void OnNodeProgress(NodeProgress node)
    {
        _progress.Add(node.Report, _services.Time.GetUtcNow());
        if (_unheard.Remove(node.Report.Address) && _unheard.Count == 0)
        {
            CloseSource();
        }
    }

    private void CloseSource()
    {
        Timers.Cancel("heard");
        _unheard.Clear();
        if (_closing is not { } accounting)
        {
            return;
        }

        _closing = null;
        _progress.EndSource(accounting);
        CloseWalk();
        _ticket = _ticket with { Source = _ticket.Source + 1, Walk = null };
        if (_ticket.Source < _ticket.Sources.Count)
        {
            _writer.Save(JobState.Running, _ticket.Source, null);
            BeginSource();
            return;
        }

        End(JobState.Done, null);
    }

    private sealed record Settled(Accounting? Accounting, IActorRef Edits);

    private sealed record HeardEnough;
}
