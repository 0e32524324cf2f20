using System.Threading.Channels;
using Akka;
using Akka.Streams.Dsl;
using Akka.Util;

namespace Sluice.Cluster.Exchanges;

/// <summary>
/// Where the groups of one node wait for takers on others: each taker takes the next group when its own demand asks for one, so the quickest takes most and nothing
/// is set aside for a slow one. Remembers who has what until it is settled, so that what a lost taker had is offered again at once. Safe for concurrent use.
/// </summary>
/// <param name="key">A group's identity.</param>
/// <param name="offerAgain">Called with what a lost taker had; whoever produced it offers it again. Must not block.</param>
/// <remarks>Bounded: it holds one group itself; those taken are held by their producers' windows, which are bounded in bytes.</remarks>
internal sealed class Exchange<TKey, T>(Func<T, TKey> key, Action<T> offerAgain)
    where TKey : notnull
{
    private readonly Channel<T> _waiting = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.Wait });
    private readonly Dictionary<TKey, (long Taker, T Item)> _taken = [];
    private readonly Lock _lock = new();

    /// <summary>Groups taken and not settled.</summary>
    public int TakenCount
    {
        get
        {
            lock (_lock)
            {
                return _taken.Count;
            }
        }
    }

    /// <summary>Where producers put groups; may be run any number of times. A full exchange holds them back, each its turn.</summary>
    public Sink<T, NotUsed> Intake(CancellationToken stopped) =>
        Flow.Create<T>()
            .SelectAsync(1, async item =>
            {
                await _waiting.Writer.WriteAsync(item, stopped).ConfigureAwait(false);
                return NotUsed.Instance;
            })
            .To(Sink.Ignore<NotUsed>());

    /// <summary>What one taker takes; ends when <paramref name="stopped"/> is cancelled.</summary>
    /// <param name="taker">A number of its own.</param>
    /// <param name="stopped">Ends it, with nothing lost: what it has is still accounted to it.</param>
    public Source<T, NotUsed> Take(long taker, CancellationToken stopped) =>
        Source.UnfoldAsync(taker, async number => await NextAsync(number, stopped).ConfigureAwait(false) is (true, var item)
            ? Option<(long, T)>.Create((number, item))
            : Option<(long, T)>.None);

    /// <summary>A group is settled; nobody has to offer it again.</summary>
    public void Settle(TKey group)
    {
        lock (_lock)
        {
            _taken.Remove(group);
        }
    }

    /// <summary>A taker is lost: what it had is offered again.</summary>
    /// <returns>How many groups that were.</returns>
    public int Lose(long taker)
    {
        var lost = new List<T>();
        lock (_lock)
        {
            foreach (var (group, (by, item)) in _taken)
            {
                if (by == taker)
                {
                    lost.Add(item);
                    _taken.Remove(group);
                }
            }
        }

        lost.ForEach(offerAgain);
        return lost.Count;
    }

    private async ValueTask<(bool Any, T Item)> NextAsync(long taker, CancellationToken stopped)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stopped).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    // Within the lock, so that a taker that is lost meanwhile never keeps a group that nobody knows of.
                    if (!stopped.IsCancellationRequested && _waiting.Reader.TryRead(out var item))
                    {
                        _taken[key(item)] = (taker, item);
                        return (true, item);
                    }
                }

                stopped.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The taker's stream ends; not a failure.
        }

        return default;
    }
}
