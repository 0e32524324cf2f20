using Sluice.Streams.Failures;

namespace Sluice.Actors.Core.Indexing;

/// <summary>The reads, or the writes, of a sink: what is said about those that fail, and how long it has asked for fewer of them. Safe for concurrent use.</summary>
/// <param name="topic">Of its notices.</param>
/// <param name="what">What the database does not do, when they fail.</param>
/// <param name="one">One of them.</param>
/// <param name="options">The limit, and the pauses.</param>
/// <param name="notices">Told.</param>
/// <param name="time">The clock.</param>
internal sealed class SinkLane(string topic, string what, string one, PipelineOptions options, NoticeBoard notices, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long? _throttledSince;

    /// <summary>Whether any was done so far.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>One was done.</summary>
    public void Answered()
    {
        HasAnswered = true;
        lock (_lock)
        {
            _throttledSince = null;
        }

        notices.Clear(topic, "the database answers again");
    }

    /// <summary>One failed for now. Ends the run when the sink has asked for fewer of them for too long, and done none.</summary>
    public void Refused(TransientException exception, bool nothingTaken)
    {
        lock (_lock)
        {
            if (!exception.IsThrottling || !nothingTaken)
            {
                _throttledSince = null;
                return;
            }

            var now = time.GetTimestamp();
            _throttledSince ??= now;
            var lasted = time.GetElapsedTime(_throttledSince.Value, now);
            if (lasted >= options.ThrottlingLimit)
            {
                throw new StorageException(
                    $"The database has answered every {one} for {lasted.TotalMinutes:0.#} minutes by asking for fewer requests, and taken none; last: {exception.Message} A used-up quota looks like that. "
                    + "Run the same command again when there is room: it goes on where it stopped. How long this is borne is sluice.pipeline.throttling-limit.",
                    exception)
                {
                    IsMendable = true,
                };
            }
        }
    }

    /// <summary>Waits before the next try, and says why.</summary>
    public async Task PauseAsync(TransientException exception, int attempt, CancellationToken cancellationToken)
    {
        var delay = Backoff.Delay(options, attempt, exception.RetryAfter);
        notices.Post(topic, $"the database does not {what} ({exception.Message}); tried {attempt} times, again in {delay.TotalSeconds:0.0} s");
        await Task.Delay(delay, time, cancellationToken);
    }
}
