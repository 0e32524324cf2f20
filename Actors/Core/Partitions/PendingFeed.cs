using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Partitions;

/// <summary>
/// Hands out a partition's pending documents, read from the ledger in pages as they are asked for, with a bound on how many are in hand. Safe for concurrent use by
/// one taker and any number of others.
/// </summary>
internal sealed class PendingFeed(ILedger ledger, Walk walk, SlotRange slots, int maxInHand, CancellationToken stopped)
{
    private const int PageSize = 64;

    private readonly Lock _lock = new();
    private readonly HashSet<DocumentId> _inHand = [];
    private readonly Queue<PendingDocument> _ready = new();
    private TaskCompletionSource _changed = NewSignal();
    private bool _listed;

    /// <summary>Takes the next document, waiting for one if the listing goes on or documents in hand may come back.</summary>
    /// <returns>The document; null when there will be none.</returns>
    public async Task<PendingDocument?> NextAsync()
    {
        while (true)
        {
            Task changed;
            bool listed;
            HashSet<DocumentId>? exclude = null;
            lock (_lock)
            {
                changed = _changed.Task;
                listed = _listed;
                if (_inHand.Count < maxInHand)
                {
                    if (_ready.TryDequeue(out var next))
                    {
                        _inHand.Add(next.Id);
                        return next;
                    }

                    exclude = [.. _inHand];
                }
            }

            if (exclude is not null)
            {
                var page = await ledger.ListPendingAsync(walk, slots, exclude, PageSize, stopped).ConfigureAwait(false);
                if (page.Count > 0)
                {
                    Enqueue(page);
                    continue;
                }

                if (listed && exclude.Count == 0)
                {
                    return null;
                }
            }

            await changed.WaitAsync(stopped).ConfigureAwait(false);
        }
    }

    /// <summary>The listing has brought more.</summary>
    /// <param name="complete">Whether it is at its end.</param>
    public void Advance(bool complete)
    {
        lock (_lock)
        {
            _listed |= complete;
            Signal_NeedsLock();
        }
    }

    /// <summary>A document is settled in the ledger.</summary>
    public void Release(DocumentId document)
    {
        lock (_lock)
        {
            _inHand.Remove(document);
            Signal_NeedsLock();
        }
    }

    /// <summary>A document in hand is to be handed out again.</summary>
    public void Return(PendingDocument document)
    {
        lock (_lock)
        {
            _inHand.Remove(document.Id);
            _ready.Enqueue(document);
            Signal_NeedsLock();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Enqueue(IReadOnlyList<PendingDocument> page)
    {
        lock (_lock)
        {
            foreach (var document in page)
            {
                _ready.Enqueue(document);
            }
        }
    }

    private void Signal_NeedsLock()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }
}
