using Akka.Streams;
using Akka.Streams.Stage;
using Sluice.Streams.Monitoring;

namespace Sluice.Streams.Stages;

/// <summary>
/// A first-in first-out buffer bounded by weight. Pulls as long as what it holds weighs less than the bound, so it holds at most the bound and one element.
/// </summary>
/// <remarks>
/// Emits when there is an element and demand; back-pressures upstream when the bound is reached; completes when upstream has completed and the buffer is empty;
/// fails at once when upstream fails; cancels upstream when downstream cancels, dropping what it holds.
/// </remarks>
/// <typeparam name="T">The element.</typeparam>
public sealed class WeightedBuffer<T> : GraphStage<FlowShape<T, T>>
{
    private readonly Inlet<T> _in = new("WeightedBuffer.in");
    private readonly Outlet<T> _out = new("WeightedBuffer.out");
    private readonly Func<T, long> _weigh;
    private readonly BufferGauge _gauge;

    /// <summary>Makes the stage.</summary>
    /// <param name="weigh">Weight of an element, at least 0; the same each time.</param>
    /// <param name="gauge">Its bound, and where its fill is told. One gauge per materialization.</param>
    public WeightedBuffer(Func<T, long> weigh, BufferGauge gauge)
    {
        ArgumentNullException.ThrowIfNull(weigh);
        ArgumentNullException.ThrowIfNull(gauge);
        ArgumentOutOfRangeException.ThrowIfLessThan(gauge.Bound, 1, nameof(gauge));
        _weigh = weigh;
        _gauge = gauge;
        Shape = new FlowShape<T, T>(_in, _out);
    }

    /// <inheritdoc/>
    public override FlowShape<T, T> Shape { get; }

    /// <inheritdoc/>
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly WeightedBuffer<T> _stage;
        private readonly Queue<T> _queue = new();
        private long _held;

        public Logic(WeightedBuffer<T> stage)
            : base(stage.Shape)
        {
            _stage = stage;
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart() => Pull(_stage._in);

        public override void OnPush()
        {
            var element = Grab(_stage._in);
            if (_queue.Count == 0 && IsAvailable(_stage._out))
            {
                Push(_stage._out, element);
            }
            else
            {
                _queue.Enqueue(element);
                Hold(_stage._weigh(element));
            }

            PullWhileRoom();
        }

        public override void OnPull()
        {
            if (_queue.TryDequeue(out var element))
            {
                Hold(-_stage._weigh(element));
                Push(_stage._out, element);
            }

            if (_queue.Count == 0 && IsClosed(_stage._in))
            {
                CompleteStage();
                return;
            }

            PullWhileRoom();
        }

        public override void OnUpstreamFinish()
        {
            if (_queue.Count == 0)
            {
                CompleteStage();
            }
        }

        public override void PostStop() => Hold(-_held);

        private void Hold(long weight)
        {
            _held += weight;
            _stage._gauge.Add(weight);
        }

        private void PullWhileRoom()
        {
            if (_held < _stage._gauge.Bound && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }
    }
}
