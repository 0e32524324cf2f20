using Sluice.Simulation.Tests.World;
using Sluice.Streams.Failures;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>Lets happen to corpus and stores what happens between runs, and tells the model.</summary>
internal sealed class Happenings(Stores stores, Expectation model)
{
    private Corpus Corpus => stores.Corpus;

    /// <summary>A person changes a document.</summary>
    public void Edit(Change change)
    {
        if (change.Kind == ChangeKind.Undo)
        {
            foreach (var written in Corpus.Texts.Keys.Where(document => !Corpus.IsAway(document) && Corpus.Before(document) != Corpus.Texts[document]).ToList())
            {
                Corpus.Write(written, Corpus.Before(written));
                model.Written(written);
            }

            return;
        }

        var (document, other) = (change.Document, change.Other);
        if (Corpus.IsAway(document) || Corpus.IsAway(other) || (change.Kind != ChangeKind.Write && !Corpus.Texts.ContainsKey(document)))
        {
            return;
        }

        switch (change.Kind)
        {
            case ChangeKind.Write:
                Corpus.Write(document, change.Text);
                model.Written(document);
                break;
            case ChangeKind.Shift:
                Corpus.Write(document, "\n\n" + Corpus.Texts[document]);
                model.Written(document);
                break;
            case ChangeKind.Touch:
                Corpus.Touch(document);
                break;
            case ChangeKind.Corrupt:
                Corpus.Write(document, $"{Lines.Corrupt}\n{Corpus.Texts[document]}");
                model.Written(document);
                break;
            case ChangeKind.Delete:
                Corpus.Delete(document);
                model.Removed(document);
                break;
            case ChangeKind.Move when document != other:
                Corpus.Move(document, other);
                model.Removed(document);
                model.Written(other);
                break;
            case ChangeKind.Copy when document != other:
                Corpus.Copy(document, other);
                model.Written(other);
                break;
        }
    }

    /// <summary>Something happens around the corpus and the stores.</summary>
    public void Happen(Event happening)
    {
        switch (happening.Kind)
        {
            case EventKind.SourceDown:
                stores.Troubles.IsDown = true;
                break;
            case EventKind.RootGone or EventKind.RootEmpty or EventKind.RootNotQuiteEmpty:
                Corpus.TakeRootAway(happening.Kind - EventKind.RootGone);
                break;
            case EventKind.ShareGone:
                Corpus.TakeShareAway();
                break;
            case EventKind.AllBack:
                Heal();
                break;
            case EventKind.SinkForgets:
                model.Distrust();
                stores.Sink.Write(records =>
                {
                    foreach (var id in records.Keys.Order(Comparer<Streams.Chunks.ChunkId>.Create(static (a, b) => a.Value.CompareTo(b.Value))).Where((_, at) => at % (happening.Number + 2) == 0).ToList())
                    {
                        records.Remove(id);
                    }
                });
                break;
            case EventKind.CopyStores:
                stores.Copy();
                break;
            case EventKind.RestoreLedger:
                DistrustIf(stores.RestoreLedger());
                break;
            case EventKind.RestoreSink:
                DistrustIf(stores.RestoreSink());
                break;
            case EventKind.Verify:
                stores.Verify(repair: true);
                break;
            case EventKind.Replay:
                Replay();
                break;
        }
    }

    private void DistrustIf(bool happened)
    {
        if (happened)
        {
            model.Distrust();
        }
    }

    /// <summary>A person replays the dead letters that lie in the database or the model; those of the surroundings must come right by themselves.</summary>
    private void Replay()
    {
        var ledger = stores.OpenLedger();
        var letters = Stores.Wait(ledger.ListDeadLettersAsync("simulated:sink", 0, 1000, CancellationToken.None));
        Stores.Wait(ledger.ReplayAsync("simulated:sink", [.. letters.Where(static letter => letter.Reason == Reasons.RefusedBySink).Select(static letter => letter.Id)], CancellationToken.None));
        Stores.Wait(ledger.DisposeAsync().AsTask());
    }

    /// <summary>Whatever was away is back, and every document can be read.</summary>
    public void Heal()
    {
        Corpus.BringAllBack();
        stores.Troubles.Clear();
    }
}
