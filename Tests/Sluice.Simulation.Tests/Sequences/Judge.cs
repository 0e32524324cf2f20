using Sluice.Simulation.Tests.Scheduling;
using Sluice.Simulation.Tests.World;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>Holds what runs say, and what they leave in the database, against the model.</summary>
internal sealed class Judge(Stores stores, Expectation model)
{
    private bool _wasDown;

    /// <summary>Whether single documents failed by themselves: those may be dead.</summary>
    public bool HadOwnFailures { get; set; }

    /// <summary>Whether something was wrong with the source while the last runs went on: then what they could not read is theirs to tell.</summary>
    public bool IsDisturbed { get; set; }

    private Corpus Corpus => stores.Corpus;

    /// <summary>The source went down in the middle of a run.</summary>
    public void GoesDown() => _wasDown = true;

    /// <summary>Looks at the world before a run.</summary>
    public void Begin()
    {
        _wasDown = stores.Troubles.IsDown;
        HadOwnFailures = stores.Troubles.AnyDocument;
        IsDisturbed = stores.Troubles.Any || Corpus.IsRootAway || Corpus.IsShareAway;
    }

    /// <summary>Judges a run that failed: only what does not pass may end one.</summary>
    public string? Failed(string run, IEnumerable<Owner> owners, IEnumerable<Plan> plans) =>
        IsDisturbed || !model.IsTrusted || owners.Any(static owner => owner.IsDead) || plans.Any(static plan => plan.Faults.Any(static fault => fault.Kind == FaultKind.Broken))
            ? null
            : $"a run was ended by what passes: {run}";

    /// <summary>Judges a run that ended.</summary>
    public string? Ended(string run, int source, Accounting accounting, bool interrupted, bool prunes)
    {
        if (!accounting.Balances)
        {
            return $"the accounting does not balance: {run}";
        }

        if (interrupted || accounting.Pending > 0)
        {
            return interrupted ? null : $"a run that was not interrupted left documents pending: {run}";
        }

        if (_wasDown && !HadOwnFailures && accounting.Dead.ContainsKey(Reasons.SourceFailed))
        {
            return $"a source that did not answer for a while made documents dead: {run}";
        }

        if (IsDisturbed)
        {
            return null;
        }

        if (prunes && stores.Known().FirstOrDefault(document => Corpus.SourceOf(document) == source && !Corpus.Texts.ContainsKey(document) && !model.HoldsSpecial(document), -1) is >= 0 and var gone)
        {
            return $"document {gone} is gone, and the ledger still has it after {run}";
        }

        if (!model.IsTrusted)
        {
            return null;
        }

        var documents = Enumerable.Range(0, Corpus.All).Where(document => Corpus.SourceOf(document) == source && Corpus.Texts.ContainsKey(document)).ToList();
        if (accounting.Discovered != documents.Count)
        {
            return $"{documents.Count} documents were there, and not {accounting.Discovered}: {run}";
        }

        var held = stores.Sink.ByDocument();
        foreach (var document in documents)
        {
            if (model.Compare(held, document, stores.Troubles.SinkRefuses) is { } wrong)
            {
                return $"{wrong}, after {run}";
            }

            model.Settled(document);
        }

        return null;
    }

    /// <summary>Compares everything, once everything is well and every source was run.</summary>
    public string? Everything()
    {
        var held = stores.Sink.ByDocument();
        for (var document = 0; document < Corpus.All; document++)
        {
            if (model.Compare(held, document, refuses: false) is { } wrong)
            {
                return wrong;
            }

            if (model.IsTrusted && Corpus.Texts.TryGetValue(document, out var text) && !Lines.IsCorrupt(text) && model.ComparePlaces(document) is { } misplaced)
            {
                return misplaced;
            }
        }

        var report = stores.Verify(repair: false);
        return report.Agrees ? null : $"verify does not agree: {report}";
    }
}
