using Akka.Streams;
using Akka.Streams.Stage;
using Sluice.Streams.Monitoring;

namespace Sluice.Streams.Stages;

/// <summary>
/// Lets elements through as long as what has passed and is not acknowledged yet weighs less than a bound, keeps those elements, and offers them again when asked.
/// The bound may be passed by one element. Materializes the <see cref="IWindowControl{TKey}"/> that acknowledges.
/// </summary>
/// <remarks>
/// Emits on demand, elements offered again before new ones. Completes when upstream has completed and everything is acknowledged; fails at once when upstream
/// fails; cancels upstream when downstream cancels.
/// </remarks>
/// <typeparam name="TKey">Identity of an element.</typeparam>
/// <typeparam name="T">The element.</typeparam>
public sealed class UnacknowledgedWindow<TKey, T> : GraphStageWithMaterializedValue<FlowShape<T, T>, IWindowControl<TKey>>
    where TKey : notnull
{
    private readonly Inlet<T> _in = new("UnacknowledgedWindow.in");
    private readonly Outlet<T> _out = new("UnacknowledgedWindow.out");
    private readonly Func<T, TKey> _key;
    private readonly Func<T, long> _weigh;
    private readonly Func<T, T> _again;
    private readonly BufferGauge _gauge;

    /// <summary>Makes the stage.</summary>
    /// <param name="key">Identity of an element; one whose identity is among the unacknowledged is dropped as a repeat.</param>
    /// <param name="weigh">Weight of an element; the same each time.</param>
    /// <param name="again">Makes the element that is offered again from the one offered before (counts the attempt).</param>
    /// <param name="gauge">The bound, and where the unacknowledged weight is told.</param>
    public UnacknowledgedWindow(Func<T, TKey> key, Func<T, long> weigh, Func<T, T> again, BufferGauge gauge)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(weigh);
        ArgumentNullException.ThrowIfNull(again);
        ArgumentNullException.ThrowIfNull(gauge);
        _key = key;
        _weigh = weigh;
        _again = again;
        _gauge = gauge;
        Shape = new FlowShape<T, T>(_in, _out);
    }

    /// <inheritdoc/>
    public override FlowShape<T, T> Shape { get; }

    /// <inheritdoc/>
    public override ILogicAndMaterializedValue<IWindowControl<TKey>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<IWindowControl<TKey>>(logic, logic);
    }

    private sealed class Logic : InAndOutGraphStageLogic, IWindowControl<TKey>
    {
        private readonly UnacknowledgedWindow<TKey, T> _stage;
        private readonly Dictionary<TKey, T> _held = [];
        private readonly Queue<TKey> _again = new();
        private readonly Action<TKey> _acknowledge;
        private readonly Action<TKey> _offerAgain;
        private long _weight;
        private (bool Present, T Element) _waiting;

        public Logic(UnacknowledgedWindow<TKey, T> stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _acknowledge = GetAsyncCallback<TKey>(OnAcknowledged);
            _offerAgain = GetAsyncCallback<TKey>(OnOfferAgain);
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public void Acknowledge(TKey key) => _acknowledge(key);

        public void OfferAgain(TKey key) => _offerAgain(key);

        public override void OnPush()
        {
            var element = Grab(_stage._in);
            if (!_held.TryAdd(_stage._key(element), element))
            {
                Pull(_stage._in); // Held already: a repeat of the same work.
                return;
            }

            Hold(_stage._weigh(element));
            if (IsAvailable(_stage._out))
            {
                Push(_stage._out, element);
            }
            else
            {
                _waiting = (true, element);
            }
        }

        public override void OnPull()
        {
            while (_again.TryDequeue(out var key))
            {
                if (_held.TryGetValue(key, out var element))
                {
                    element = _stage._again(element);
                    _held[key] = element;
                    Push(_stage._out, element);
                    return;
                }
            }

            if (_waiting.Present)
            {
                Push(_stage._out, _waiting.Element);
                _waiting = default;
                return;
            }

            PullWhileRoom();
        }

        public override void OnUpstreamFinish() => CompleteWhenEmpty();

        public override void PostStop() => Hold(-_weight);

        private void OnAcknowledged(TKey key)
        {
            if (_held.Remove(key, out var element))
            {
                Hold(-_stage._weigh(element));
                CompleteWhenEmpty();
                PullWhileRoom();
            }
        }

        private void OnOfferAgain(TKey key)
        {
            if (!_again.Contains(key))
            {
                _again.Enqueue(key);
            }

            if (IsAvailable(_stage._out))
            {
                OnPull();
            }
        }

        private void PullWhileRoom()
        {
            if (_weight < _stage._gauge.Bound && IsAvailable(_stage._out) && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }

        private void CompleteWhenEmpty()
        {
            if (IsClosed(_stage._in) && _held.Count == 0)
            {
                CompleteStage();
            }
        }

        private void Hold(long weight)
        {
            _weight += weight;
            _stage._gauge.Add(weight);
        }
    }
}
