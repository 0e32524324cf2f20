using System.Runtime.ExceptionServices;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>
/// The one write policy for all sinks. Requests are of the size the sink takes, as many at once as it bears (<see cref="WriteGate"/>). What may pass is tried again with
/// full jitter, after the pause the sink asks for at least, as long as it lasts: the run stalls, says so, and goes on; only a sink that answers nothing but "fewer requests"
/// ends it after a limit, since a used-up quota looks like that. A request that is too large is halved, and the smaller size kept. A record that the sink cannot take is
/// isolated by bisection. Every record ends stored or refused. Safe for concurrent use.
/// </summary>
internal sealed class SinkWriter(IVectorSink sink, PipelineOptions options, NoticeBoard notices, TimeProvider time, StageMeter? retries = null)
{
    private const string Topic = "sink";

    /// <summary>Failures that may pass after which a request is halved: one record may be what the server breaks on.</summary>
    private const int TriesOfOneSize = 6;

    /// <summary>Failures that may pass of a single record, with others taken in between each time, after which it is given up.</summary>
    private const int TriesOfOneRecord = 12;

    private readonly RequestCutter _cutter = new(sink);
    private readonly WriteGate _gate = CreateGate(sink.Capabilities, options, time);
    private readonly Lock _lock = new();
    private long _taken;
    private long? _throttledSince;

    /// <summary>Requests that may be under way now.</summary>
    public int Concurrency => _gate.Limit;

    /// <summary>Most bytes of a request, as encoded.</summary>
    public long MaxBytes => _cutter.MaxBytes;

    /// <summary>Writes records; when it returns, each one is stored or in the list of failures.</summary>
    /// <exception cref="StorageException">The sink cannot go on, or wants fewer requests for longer than the limit.</exception>
    public async Task<IReadOnlyList<ChunkFailure>> WriteAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        var batch = new Batch();
        var requests = _cutter.Cut(records);
        for (var index = 0; index < requests.Count; index++)
        {
            var size = _cutter.MaxBytes;
            await WriteRequestAsync(requests[index], batch, cancellationToken);
            if (_cutter.MaxBytes < size && index + 1 < requests.Count)
            {
                // It takes less than was thought: the rest is cut anew.
                requests = [.. requests[..(index + 1)], .. _cutter.Cut([.. requests[(index + 1)..].SelectMany(static request => request)])];
            }
        }

        return batch.Failures;
    }

    /// <summary>Does something to the sink that is not about single records, retrying what may pass.</summary>
    public async Task RunAsync(Func<IVectorSink, CancellationToken, Task> operation, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            switch (await TryAsync(() => operation(sink, cancellationToken), 1, cancellationToken))
            {
                case null:
                    return;
                case TransientException exception:
                    await PauseAsync(exception, attempt, cancellationToken);
                    break;
                case var exception:
                    ExceptionDispatchInfo.Throw(exception);
                    break;
            }
        }
    }

    private static WriteGate CreateGate(SinkCapabilities capabilities, PipelineOptions options, TimeProvider time)
    {
        var max = Math.Max(1, Math.Min(options.SinkParallelism, capabilities.MaxConcurrency));
        return new WriteGate(capabilities.InitialConcurrency > 0 ? Math.Min(capabilities.InitialConcurrency, max) : max, max, time);
    }

    private async Task WriteRequestAsync(IReadOnlyList<VectorRecord> request, Batch batch, CancellationToken cancellationToken)
    {
        var (attempt, takenBefore, passedBy) = (0, Interlocked.Read(ref _taken), 0);
        while (true)
        {
            attempt++;
            switch (await UpsertAsync(request, batch, cancellationToken))
            {
                case null:
                    _cutter.Fits(request);
                    return;
                case PartlyWrittenException partly:
                    batch.Failures.AddRange(partly.Failures);
                    request = partly.Remaining;
                    attempt = 0; // Some of it was taken: the rest begins anew.
                    await PauseAsync(partly.Cause, 1, cancellationToken);
                    break;
                case RequestTooLargeException tooLarge when request.Count > 1:
                    _cutter.TooLarge(request, tooLarge.IsCertain);
                    await HalveAsync(request, batch, cancellationToken);
                    return;
                case RequestTooLargeException { IsCertain: true } tooLarge:
                    batch.Refuse(request[0], $"it is too large for the database even alone: {tooLarge.Message}");
                    return;
                case RequestTooLargeException cut:
                    await PauseAsync(new TransientException(cut.Message, innerException: cut), attempt, cancellationToken);
                    break;
                case TransientException { IsThrottling: false } when attempt % TriesOfOneSize == 0 && request.Count > 1:
                    await HalveAsync(request, batch, cancellationToken);
                    return;
                case TransientException transient:
                    if (request.Count == 1 && !transient.IsThrottling)
                    {
                        // The database takes others and not this one, again and again: the record breaks it.
                        passedBy += await TakesOthersAsync(takenBefore, attempt, batch, cancellationToken) ? 1 : 0;
                        takenBefore = Interlocked.Read(ref _taken);
                        if (passedBy >= TriesOfOneRecord)
                        {
                            batch.Refuse(request[0], $"the database failed on it {attempt} times and took others in between, last: {transient.Message}");
                            return;
                        }
                    }

                    await PauseAsync(transient, attempt, cancellationToken);
                    break;
                case RequestRefusedException refused when request.Count == 1:
                    batch.Refuse(request[0], $"the database refused it: {refused.Message}");
                    return;
                case var exception when request.Count == 1 && attempt >= options.Attempts:
                    batch.Refuse(request[0], $"the database refused it {attempt} times, last with {exception.GetType().Name}: {exception.Message}");
                    return;
                case var _ when request.Count > 1:
                    await HalveAsync(request, batch, cancellationToken);
                    return;
                default:
                    await Task.Delay(Backoff.Delay(options, attempt), time, cancellationToken);
                    break;
            }
        }
    }

    private async Task<Exception?> UpsertAsync(IReadOnlyList<VectorRecord> request, Batch batch, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChunkFailure> refused = [];
        var failed = await TryAsync(async () => refused = await sink.UpsertAsync(request, cancellationToken), request.Count, cancellationToken);
        batch.Failures.AddRange(refused);
        if (failed is null && refused.Count == 0)
        {
            batch.Stored = request[0];
        }

        return failed is PartlyWrittenException partly && partly.Remaining.Count >= request.Count ? partly.Cause : failed;
    }

    /// <summary>
    /// Whether the database took anything since a record's last try. Where nothing else is being written, something of the same batch that is stored is written again: nobody
    /// has been told of it yet, so it cannot have been deleted since.
    /// </summary>
    private async Task<bool> TakesOthersAsync(long takenBefore, int attempt, Batch batch, CancellationToken cancellationToken)
    {
        if (Interlocked.Read(ref _taken) == takenBefore && attempt >= TriesOfOneSize && batch.Stored is { } stored)
        {
            await TryAsync(() => sink.UpsertAsync([stored], cancellationToken), 1, cancellationToken);
        }

        return Interlocked.Read(ref _taken) > takenBefore;
    }

    /// <summary>
    /// Does something to the sink once. A sink that has taken something before and now refuses all (a password was changed, a right taken, a quota used up) is waited for: a
    /// person has to mend that, and it must not end what has run for hours. One that has taken nothing yet is told at once.
    /// </summary>
    /// <returns>Null when it is done; what went wrong otherwise.</returns>
    private async Task<Exception?> TryAsync(Func<Task> operation, int records, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryOnceAsync(operation, records, cancellationToken);
            }
            catch (StorageException exception) when (exception is { IsMendable: true, InnerException: not TransientException } && Interlocked.Read(ref _taken) > 0)
            {
                await PauseAsync(new TransientException(exception.Message, innerException: exception), attempt, cancellationToken);
            }
        }
    }

    private async Task<Exception?> TryOnceAsync(Func<Task> operation, int records, CancellationToken cancellationToken)
    {
        var began = await _gate.EnterAsync(cancellationToken);
        var outcome = WriteOutcome.Other;
        try
        {
            await operation();
            outcome = WriteOutcome.Taken;
            Taken();
            return null;
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StorageException))
        {
            retries?.Count(1, records);
            if ((exception as TransientException ?? (exception as PartlyWrittenException)?.Cause) is { } transient)
            {
                outcome = WriteOutcome.Overloaded;
                Refused(transient, nothingTaken: exception is TransientException);
            }

            return exception;
        }
        finally
        {
            _gate.Leave(began, outcome);
        }
    }

    private async Task HalveAsync(IReadOnlyList<VectorRecord> request, Batch batch, CancellationToken cancellationToken)
    {
        var half = request.Count / 2;
        await WriteRequestAsync([.. request.Take(half)], batch, cancellationToken);
        await WriteRequestAsync([.. request.Skip(half)], batch, cancellationToken);
    }

    private void Taken()
    {
        Interlocked.Increment(ref _taken);
        lock (_lock)
        {
            _throttledSince = null;
        }

        notices.Clear(Topic, "the database answers again");
    }

    /// <summary>Ends the run when the sink has asked for fewer requests for too long, and taken none.</summary>
    private void Refused(TransientException exception, bool nothingTaken)
    {
        if (exception.RetryAfter is { } pause)
        {
            _gate.Close(pause);
        }

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
                    $"The database has answered every write for {lasted.TotalMinutes:0.#} minutes by asking for fewer requests, and taken none; last: {exception.Message} A used-up quota looks like that. "
                    + "Run the same command again when there is room: it goes on where it stopped. How long this is borne is sluice.pipeline.throttling-limit.",
                    exception)
                {
                    IsMendable = true,
                };
            }
        }
    }

    private async Task PauseAsync(TransientException exception, int attempt, CancellationToken cancellationToken)
    {
        var delay = Backoff.Delay(options, attempt, exception.RetryAfter);
        notices.Post(Topic, $"the database does not take writes ({exception.Message}); tried {attempt} times, again in {delay.TotalSeconds:0.0} s");
        await Task.Delay(delay, time, cancellationToken);
    }

    /// <summary>What became of the records of one call.</summary>
    private sealed class Batch
    {
        public List<ChunkFailure> Failures { get; } = [];

        /// <summary>A record that is stored.</summary>
        public VectorRecord? Stored { get; set; }

        public void Refuse(VectorRecord record, string why) => Failures.Add(new ChunkFailure(record.Chunk, Rejection.Dead(Reasons.RefusedBySink, why)));
    }
}
