using Akka.Streams;
using Akka.Streams.Stage;
using Sluice.Streams.Chunks;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Streams.Stages;

/// <summary>
/// Packs the chunks of many groups, across documents, into batches of similar length within a budget of padded tokens.
/// </summary>
/// <remarks>
/// Pulls as long as the waiting chunks have fewer tokens than the window. Emits on demand: a full batch at once, a partial one when upstream has completed or when
/// it has waited for the flush age. Groups that need no embedding leave at once, see <see cref="PackedBatch.Ready"/>. Completes when upstream has completed and nothing waits; fails at once
/// when upstream fails. When <c>discard</c> is cancelled, waiting chunks are dropped at the next event and the stage completes: whoever offered them offers them again.
/// </remarks>
public sealed class PackByTokens : GraphStage<FlowShape<ChunkGroup, PackedBatch>>
{
    private readonly Inlet<ChunkGroup> _in = new("PackByTokens.in");
    private readonly Outlet<PackedBatch> _out = new("PackByTokens.out");
    private readonly PackingOptions _options;
    private readonly BufferGauge _gauge;
    private readonly StageMeter _starved;
    private readonly TimeProvider _time;
    private readonly CancellationToken _discard;

    /// <summary>Makes the stage.</summary>
    /// <param name="options">How to pack.</param>
    /// <param name="gauge">Where the waiting tokens are told; its bound is shown only, the window is what bounds.</param>
    /// <param name="starved">Told how long the embedder had demand that nothing upstream could meet.</param>
    /// <param name="time">Measures that.</param>
    /// <param name="discard">Cancelled to stop without embedding what waits.</param>
    public PackByTokens(PackingOptions options, BufferGauge gauge, StageMeter starved, TimeProvider time, CancellationToken discard)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(gauge);
        ArgumentNullException.ThrowIfNull(starved);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxTokens, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxRows, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WindowTokens, 1, nameof(options));
        _options = options;
        _gauge = gauge;
        _starved = starved;
        _time = time;
        _discard = discard;
        Shape = new FlowShape<ChunkGroup, PackedBatch>(_in, _out);
    }

    /// <inheritdoc/>
    public override FlowShape<ChunkGroup, PackedBatch> Shape { get; }

    /// <inheritdoc/>
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : TimerGraphStageLogic
    {
        private const string Flush = "flush";
        private readonly PackByTokens _stage;
        private readonly TokenBuckets _buckets;
        private readonly Queue<GroupInProgress> _complete = new();
        private CancellationTokenRegistration _onDiscard;
        private long _demandSince;
        private long _held;
        private bool _flush;

        public Logic(PackByTokens stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _buckets = new TokenBuckets(stage._options);
            SetHandler(stage._in, OnPush, OnUpstreamFinish);
            SetHandler(stage._out, OnPull);
        }

        private bool IsFull => _buckets.Tokens >= _stage._options.Window || _buckets.ImageBytes >= PackingOptions.WindowImageBytes;

        public override void PreStart()
        {
            var discard = GetAsyncCallback(CompleteStage);
            _onDiscard = _stage._discard.Register(() => discard());
            Pull(_stage._in);
        }

        public override void PostStop()
        {
            _onDiscard.Dispose();
            _stage._gauge.Add(-_held);
        }

        protected override void OnTimer(object timerKey)
        {
            _flush = true;
            Emit();
        }

        private void OnPush()
        {
            var group = new GroupInProgress(Grab(_stage._in));
            if (group.IsComplete)
            {
                _complete.Enqueue(group);
            }

            for (var index = 0; index < group.Group.Chunks.Count; index++)
            {
                if (!group.Has(index))
                {
                    _buckets.Add(new PackedItem(group, index));
                }
            }

            Hold();
            Emit();
            PullWhileRoom();
        }

        private void OnUpstreamFinish()
        {
            if (_buckets.Count == 0 && _complete.Count == 0)
            {
                CompleteStage();
            }
            else
            {
                Emit();
            }
        }

        private void OnPull()
        {
            _demandSince = _stage._time.GetTimestamp();
            Emit();
            PullWhileRoom();
        }

        private void Emit()
        {
            if (!IsAvailable(_stage._out))
            {
                return;
            }

            if (_complete.TryDequeue(out var group))
            {
                Send(new PackedBatch([], 0, 0) { Ready = group });
            }
            else if (_buckets.Count > 0 && (_flush || IsClosed(_stage._in) || IsFull || _buckets.Tokens >= _stage._options.Budget.Tokens))
            {
                _flush = false;
                CancelTimer(Flush);
                Send(_buckets.Take());
            }
            else if (_buckets.Count > 0 && !IsTimerActive(Flush))
            {
                ScheduleOnce(Flush, _stage._options.FlushAge);
            }
        }

        private void Send(PackedBatch batch)
        {
            _stage._starved.Worked(_stage._time.GetElapsedTime(_demandSince));
            Push(_stage._out, batch);
            Hold();
            if (IsClosed(_stage._in) && _buckets.Count == 0 && _complete.Count == 0)
            {
                CompleteStage();
            }
            else
            {
                PullWhileRoom();
            }
        }

        private void PullWhileRoom()
        {
            if (!IsFull && _complete.Count == 0 && !IsClosed(_stage._in) && !HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }

        private void Hold()
        {
            _stage._gauge.Bound = _stage._options.Window;
            _stage._gauge.Add(_buckets.Tokens - _held);
            _held = _buckets.Tokens;
        }
    }
}
