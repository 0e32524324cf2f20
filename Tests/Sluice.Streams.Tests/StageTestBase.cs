using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.TestKit.Xunit2;

namespace Sluice.Streams.Tests;

/// <summary>Runs a stage between a source whose pulls are counted and a sink that asks for one element at a time.</summary>
public abstract class StageTestBase : TestKit
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    protected StageTestBase()
        : base("akka.loglevel = WARNING\nakka.stream.materializer.initial-input-buffer-size = 1\nakka.stream.materializer.max-input-buffer-size = 1")
    {
        Materializer = Sys.Materializer();
    }

    protected ActorMaterializer Materializer { get; }

    /// <summary>Wires the stage up by hand: a queue in front, demand by hand behind.</summary>
    protected (StageInput<TIn> In, ISinkQueue<TOut> Out, TMat Mat) Wire<TIn, TOut, TMat>(IGraph<FlowShape<TIn, TOut>, TMat> stage)
    {
        var input = new StageInput<TIn>();
        var ((mat, cancel), output) = Source.From(() => input.ReadAsync())
            .ViaMaterialized(stage, Keep.Right)
            .ViaMaterialized(KillSwitches.Single<TOut>(), Keep.Both)
            .ToMaterialized(Sink.Queue<TOut>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Keep.Both)
            .Run(Materializer);
        input.CancelDownstream = cancel.Shutdown;
        return (input, output, mat);
    }

    protected static async Task<T> Next<T>(ISinkQueue<T> queue)
    {
        var next = await queue.PullAsync().WaitAsync(Soon);
        next.HasValue.ShouldBeTrue("the stage completed and should have emitted");
        return next.Value;
    }

    protected static async Task Completed<T>(ISinkQueue<T> queue) => (await queue.PullAsync().WaitAsync(Soon)).HasValue.ShouldBeFalse();
}

/// <summary>Elements offered to a stage; tells how many it has taken and whether it has let go.</summary>
public sealed class StageInput<T>
{
    private readonly System.Threading.Channels.Channel<T> _elements = System.Threading.Channels.Channel.CreateUnbounded<T>();
    private readonly SemaphoreSlim _taken = new(0);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    /// <summary>Cancels downstream of the stage.</summary>
    public Action CancelDownstream { get; internal set; } = static () => { };

    public int Taken => Volatile.Read(ref _count);

    public Task Cancelled => _cancelled.Task;

    public void Offer(params T[] elements)
    {
        foreach (var element in elements)
        {
            _elements.Writer.TryWrite(element);
        }
    }

    public void Complete(Exception? failure = null) => _elements.Writer.Complete(failure);

    public async Task UntilTaken(int count)
    {
        while (Taken < count)
        {
            (await _taken.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeTrue($"the stage should have taken {count} elements and took {Taken}");
        }
    }

    internal async IAsyncEnumerable<T> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (var element in _elements.Reader.ReadAllAsync(cancellationToken))
            {
                Interlocked.Increment(ref _count);
                _taken.Release();
                yield return element;
            }
        }
        finally
        {
            _cancelled.TrySetResult();
        }
    }
}
