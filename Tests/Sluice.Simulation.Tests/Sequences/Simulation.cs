using Sluice.Simulation.Tests.Nodes;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Simulation.Tests.World;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>Does the operations of one sequence to the real engine, and holds what comes of it against the model.</summary>
internal sealed class Simulation : IDisposable
{
    /// <summary>Calls for which two jobs may be over the same documents before the cluster ends the older one.</summary>
    private const int OverlapCalls = 150;

    private readonly Machine _machine;
    private readonly Stores _stores;
    private readonly Expectation _model;
    private readonly Judge _judge;
    private readonly Happenings _world;
    private readonly Switchboard _board = new();
    private readonly Trace _trace = new();
    private readonly List<OwnerRun> _runs = [];
    private readonly List<ClusterRun> _jobs = [];
    private string? _failure;
    private int _number;

    public Simulation(Machine machine)
    {
        _machine = machine;
        _stores = new Stores(machine.Time);
        _model = new Expectation(_stores.Corpus, _stores.Sink);
        _judge = new Judge(_stores, _model);
        _world = new Happenings(_stores, _model);
        _stores.Sink.Changed = () => _failure ??= _model.Look();
        _board.Passed = OnPassed;
    }

    /// <summary>Whether an owner could not be ended: then nobody may use the machine again.</summary>
    public bool IsSpoiled { get; private set; }

    private Corpus Corpus => _stores.Corpus;

    /// <summary>Does an operation.</summary>
    /// <exception cref="ModelFailureException">The engine did what the model forbids.</exception>
    public void Do(Operation operation)
    {
        Note("-- " + operation);
        switch (operation)
        {
            case Change change:
                _world.Edit(change);
                break;
            case Trouble trouble:
                _stores.Troubles.Add(Corpus.UriOf(trouble.Document), trouble.Kind);
                break;
            case Event happening:
                _world.Happen(happening);
                break;
            case Ingest ingest:
                End([Start(ingest.Plan, ingest.Source)]);
                break;
            case TwoJobs jobs:
                End([Start(jobs.Main, 0), Start(jobs.Second, 1)]);
                break;
            case TakeOver takeOver:
                Take(takeOver);
                break;
            case ClusterJob job:
                RunOnNodes(job);
                break;
        }
    }

    /// <summary>Puts everything right, runs once more, and compares.</summary>
    public void Finish()
    {
        Note("-- everything is well again");
        _world.Heal();
        _stores.Troubles.SinkRefuses = false;
        _world.Happen(new Event(EventKind.Replay));
        if (!_model.IsTrusted)
        {
            _world.Happen(new Event(EventKind.Verify));
        }

        var plan = new Plan(1, [], Prunes: true);
        for (var source = 0; source < Corpus.Sources; source++)
        {
            End([Start(plan, source)]);
        }

        Forbid(_judge.Everything());
        var changes = _stores.Sink.Changes;
        End([Start(plan, 0)]);
        Forbid(_stores.Sink.Changes == changes ? null : $"a run over an unchanged corpus changed the database {_stores.Sink.Changes - changes} times");
    }

    /// <summary>Ends whoever still runs.</summary>
    public void End()
    {
        EndJobs();
        foreach (var run in _runs)
        {
            _board.Bury(run.Owner);
            run.Stop();
        }

        if (_runs.Count > 0)
        {
            _failure = null;
            MakePump(most: 500).Until(() => _runs.TrueForAll(static run => run.Task.IsCompleted));
            IsSpoiled = !_runs.TrueForAll(static run => run.Task.IsCompleted);
        }

        if (!IsSpoiled)
        {
            _runs.ForEach(static run => run.Dispose());
        }

        _runs.Clear();
    }

    public void Dispose() => _stores.Dispose();

    private OwnerRun Start(Plan plan, int source)
    {
        _judge.Begin();
        var run = new OwnerRun(new Owner($"owner {++_number}", plan.Faults), plan, Prunes(plan), source, _stores, _machine, _board);
        _runs.Add(run);
        return run;
    }

    private void Take(TakeOver takeOver)
    {
        var old = Start(takeOver.Old, 0);
        Wait(() => old.Task.IsCompleted || old.Owner.IsFrozen);
        if (old.Task.IsCompleted)
        {
            End([old]);
        }
        else
        {
            _model.Distrust(); // What it has in hand arrives at any time.
        }

        takeOver.Edits.ToList().ForEach(_world.Edit);
        var next = Start(takeOver.New, 0);
        Wait(() =>
        {
            old.Owner.IsFrozen &= takeOver.ThawAt == 0 || next.Owner.Calls < takeOver.ThawAt;
            return next.Task.IsCompleted;
        });
        old.Owner.IsFrozen = false;
        End([.. _runs]);
    }

    private void RunOnNodes(ClusterJob job)
    {
        _judge.Begin();
        _judge.IsDisturbed |= job.Resumes; // A walk that is taken up has listed a part of the corpus before the last edits.
        var run = Begin(job);
        Wait(() => run.Task.IsCompleted || run.Owners[0].IsFrozen, Moves(run, job));
        if (run.Owners[0].IsFrozen && job.Heir is { } heir)
        {
            _model.Distrust();
            var (first, next) = (run, Begin(heir));
            var moves = Moves(next, heir);
            Wait(() => next.Task.IsCompleted, calls =>
            {
                if (first.Task.IsCompleted || calls > job.ThawAt + OverlapCalls)
                {
                    first.Kill(); // A job that is over is put down on its nodes, and two that take the same documents from each other are not left alone for ever.
                }

                first.Owners[0].IsFrozen &= calls < job.ThawAt;
                return moves(calls);
            });
            (run, job) = (next, heir);
        }

        Note("   " + run);
        Forbid(run.Task.IsCompletedSuccessfully
            ? _judge.Ended(run.ToString(), 0, Stores.Wait(run.Task), interrupted: false, Prunes(job.Coordinator))
            : _judge.Failed(run.ToString(), run.Owners, [job.Coordinator, job.First, job.Second]));

        // Whoever stood still goes on, and does what it had in hand.
        var began = _machine.Time.Elapsed;
        foreach (var owner in _jobs.SelectMany(static old => old.Owners))
        {
            owner.IsFrozen = false;
        }

        Forbid(MakePump(rests: true).Until(() => _machine.Time.Elapsed - began > TimeSpan.FromHours(1)));
        EndJobs();
        Forbid(_failure ?? _model.Look());
    }

    /// <summary>Whether a run removes what is gone without asking: a person who knows that something is away does not say that it is meant.</summary>
    private bool Prunes(Plan plan) => plan.Prunes && !Corpus.IsRootAway && !Corpus.IsShareAway && !plan.Faults.Any(static fault => fault.Kind is FaultKind.RootAway or FaultKind.ShareAway);

    private ClusterRun Begin(ClusterJob job)
    {
        var run = new ClusterRun(job, Prunes(job.Coordinator), ++_number, _stores, _machine, _board);
        _jobs.Add(run);
        return run;
    }

    /// <summary>What happens to the nodes of a job, call by call.</summary>
    private Func<int, bool> Moves(ClusterRun run, ClusterJob job)
    {
        var lost = new HashSet<Owner>();
        var moves = new Queue<Move>(job.Moves.OrderBy(static move => move.At));
        return calls =>
        {
            while (run.HasBegun && moves.TryPeek(out var move) && move.At <= calls)
            {
                Note("   " + moves.Dequeue());
                Do(run, move);
            }

            foreach (var node in Enumerable.Range(0, ClusterRun.Nodes).Where(node => run.Owners[node + 1].IsDead && lost.Add(run.Owners[node + 1])))
            {
                Lose(run, node);
            }

            return false;
        };
    }

    private void Do(ClusterRun run, Move move)
    {
        switch (move.Kind)
        {
            case MoveKind.HandOver when run.Owners[1 + (move.At % ClusterRun.Nodes)] is { IsFrozen: false, IsDead: false }:
                run.Tell(new CoordinatorActor.Move(move.Number, move.At % ClusterRun.Nodes, IsLost: false));
                break;
            case MoveKind.BreakStation:
                run.Tell(new CoordinatorActor.Break(move.Number));
                break;
            case MoveKind.Lose when run.Owners.Skip(1).All(static node => !node.IsFrozen && !node.IsDead):
                _model.Distrust();
                run.Owners[move.Number + 1].IsFrozen = true;
                Lose(run, move.Number);
                break;
        }
    }

    /// <summary>A node is given up: the other one gets all partitions.</summary>
    private static void Lose(ClusterRun run, int node)
    {
        for (var partition = 0; partition < ClusterRun.Partitions; partition++)
        {
            run.Tell(new CoordinatorActor.Move(partition, 1 - node, IsLost: true));
        }
    }

    private void EndJobs()
    {
        _jobs.ForEach(static job => job.Kill());
        Calm.Wait(TimeSpan.FromSeconds(5));
        _jobs.ForEach(static job => job.Dispose());
        _jobs.Clear();
    }

    /// <summary>Waits for runs to end, and holds what they say and did against the model.</summary>
    private void End(IReadOnlyList<OwnerRun> runs)
    {
        Wait(() => runs.All(static run => run.Task.IsCompleted));
        foreach (var run in runs)
        {
            Note("   " + run);
            run.Dispose();
            _runs.Remove(run);
        }

        foreach (var run in runs)
        {
            Forbid(run.Task.IsCompletedSuccessfully
                ? _judge.Ended(run.ToString(), run.Source, run.Report.Accounting, run.Report.Interrupted, Prunes(run.Plan))
                : run.Task.IsCanceled && run.Plan.StopAt > 0 ? null : _judge.Failed(run.ToString(), [run.Owner], [run.Plan]));
        }

        Forbid(_failure ?? _model.Look());
    }

    private void OnPassed(Owner owner, string method, FaultKind fault)
    {
        _judge.HadOwnFailures |= fault == FaultKind.Transient && method == "source.Open";
        _judge.IsDisturbed |= fault is not (FaultKind.None or FaultKind.Crash) && method.StartsWith("source", StringComparison.Ordinal);
        Note($"   {owner.Name} {method}{(fault == FaultKind.None ? "" : $" !! {fault}")}");
        switch (fault)
        {
            case FaultKind.Crash or FaultKind.CrashAfter:
                _board.Bury(owner);
                break;
            case FaultKind.Lost or FaultKind.PartlyLost:
                _model.Distrust();
                break;
            case FaultKind.SourceDown:
                _stores.Troubles.IsDown = true;
                _judge.GoesDown();
                break;
            case FaultKind.RootAway:
                Corpus.TakeRootAway(owner.Calls % 3);
                break;
            case FaultKind.ShareAway:
                Corpus.TakeShareAway();
                break;
            case FaultKind.AllBack:
                _world.Heal();
                break;
        }
    }

    /// <summary>Waits until something is done, and finds out when it never will be.</summary>
    private void Wait(Func<bool> done, Func<int, bool>? step = null)
    {
        if (MakePump(step).Until(done) is { } why)
        {
            Forbid($"{why}; {string.Join("; ", _runs.Cast<object>().Concat(_jobs))}; waiting calls: [{string.Join(", ", _board.Waiting())}]");
        }
    }

    private Pump MakePump(Func<int, bool>? step = null, int most = Pump.MostCalls, bool rests = false) =>
        new(_machine, _board, new Dice(_runs.Aggregate(17UL, static (seed, run) => (seed * 31) + run.Plan.Seed)))
        {
            Most = most,
            Rests = rests,
            Failure = () => _failure,
            Step = calls => (step?.Invoke(calls) ?? false) | StopWhatIsToStop(),
            Heal = () =>
            {
                Note("   whatever is wrong is put right");
                _world.Heal();
                foreach (var owner in _runs.Select(static run => run.Owner).Concat(_jobs.SelectMany(static job => job.Owners)))
                {
                    owner.IsHealed = true;
                }
            },
        };

    /// <summary>Stops runs that are to be stopped cleanly by now.</summary>
    /// <returns>Whether there was one.</returns>
    private bool StopWhatIsToStop()
    {
        var any = false;
        foreach (var run in _runs)
        {
            any |= run.Plan.StopAt > 0 && run.Owner.Calls >= run.Plan.StopAt && run.Stop();
        }

        return any;
    }

    private void Note(string text) => _trace.Note(text);

    private void Forbid(string? what)
    {
        if (what is not null)
        {
            throw new ModelFailureException(what, _trace.ToString());
        }
    }
}
