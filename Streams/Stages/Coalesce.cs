using Akka.Streams;
using Akka.Streams.Stage;

namespace Sluice.Streams.Stages;

/// <summary>
/// Joins elements into lists no larger than a count and a weight, for requests of the size a database likes. An element heavier than the bound travels alone.
/// </summary>
/// <remarks>
/// Emits on demand, as soon as the next element would not fit, upstream has completed, or the oldest element has waited for the flush age. Holds at most one list
/// and one element. Fails at once when upstream fails; cancels upstream when downstream cancels.
/// </remarks>
/// <typeparam name="T">The element.</typeparam>
public sealed class Coalesce<T> : GraphStage<FlowShape<T, IReadOnlyList<T>>>
{
    private readonly Inlet<T> _in = new("Coalesce.in");
    private readonly Outlet<IReadOnlyList<T>> _out = new("Coalesce.out");
    private readonly Func<T, (int Count, long Weight)> _measure;
    private readonly int _maxCount;
    private readonly long _maxWeight;
    private readonly TimeSpan _flushAge;

    /// <summary>Makes the stage.</summary>
    /// <param name="measure">Count and weight of an element; the same each time.</param>
    /// <param name="maxCount">Most of the count in a list, at least 1.</param>
    /// <param name="maxWeight">Most weight in a list, at least 1.</param>
    /// <param name="flushAge">Longest an element waits for others; positive.</param>
    public Coalesce(Func<T, (int Count, long Weight)> measure, int maxCount, long maxWeight, TimeSpan flushAge)
    {
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(flushAge, TimeSpan.Zero);
        _measure = measure;
        _maxCount = maxCount;
        _maxWeight = maxWeight;
        _flushAge = flushAge;
        Shape = new FlowShape<T, IReadOnlyList<T>>(_in, _out);
    }

    /// <inheritdoc/>
    public override FlowShape<T, IReadOnlyList<T>> Shape { get; }

    /// <inheritdoc/>
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : TimerGraphStageLogic
    {
        private const string Flush = "flush";
        private readonly Coalesce<T> _stage;
        private List<T> _list = [];
        private int _count;
        private long _weight;
        private bool _ready;
        private (bool Present, T Value) _next;

        public Logic(Coalesce<T> stage)
            : base(stage.Shape)
        {
            _stage = stage;
            SetHandler(stage._in, OnPush, OnUpstreamFinish);
            SetHandler(stage._out, EmitWhenReady);
        }

        public override void PreStart() => Pull(_stage._in);

        protected override void OnTimer(object timerKey)
        {
            _ready = true;
            EmitWhenReady();
        }

        private void OnPush()
        {
            var element = Grab(_stage._in);
            if (Fits(element))
            {
                Take(element);
                Pull(_stage._in);
            }
            else
            {
                _next = (true, element);
                _ready = true;
            }

            EmitWhenReady();
        }

        private void OnUpstreamFinish()
        {
            _ready = true;
            if (_list.Count == 0)
            {
                CompleteStage();
            }
            else
            {
                EmitWhenReady();
            }
        }

        private bool Fits(T element)
        {
            var (count, weight) = _stage._measure(element);
            return _list.Count == 0 || (_count + count <= _stage._maxCount && _weight + weight <= _stage._maxWeight);
        }

        private void Take(T element)
        {
            var (count, weight) = _stage._measure(element);
            if (_list.Count == 0)
            {
                ScheduleOnce(Flush, _stage._flushAge);
            }

            _list.Add(element);
            _count += count;
            _weight += weight;
            _ready |= _count >= _stage._maxCount || _weight >= _stage._maxWeight;
        }

        private void EmitWhenReady()
        {
            if (!_ready || _list.Count == 0 || !IsAvailable(_stage._out))
            {
                return;
            }

            Push(_stage._out, _list);
            CancelTimer(Flush);
            _list = [];
            _count = 0;
            _weight = 0;
            _ready = IsClosed(_stage._in);
            if (_next.Present)
            {
                var element = _next.Value;
                _next = default;
                Take(element);
                if (!IsClosed(_stage._in))
                {
                    Pull(_stage._in);
                }
            }
            else if (IsClosed(_stage._in))
            {
                CompleteStage();
            }
        }
    }
}
