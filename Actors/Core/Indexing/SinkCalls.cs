using System.Runtime.ExceptionServices;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>
/// Every call to a sink during a run passes here: as many at once as it bears (<see cref="WriteGate"/>), and what may pass is tried again with full jitter, after the pause the sink
/// asks for at least, as long as it lasts. The run stalls, says so, and goes on. Only a sink that answers nothing but "fewer requests" ends it after a limit, since a used-up
/// quota looks like that. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Reads and writes are told apart, because a database may answer the one and not the other: an answered read neither takes down the notice about writes nor proves that the
/// database takes any.
/// </remarks>
internal sealed class SinkCalls(IVectorSink sink, PipelineOptions options, NoticeBoard notices, TimeProvider time, StageMeter? retries = null)
{
    private readonly WriteGate _gate = CreateGate(sink.Capabilities, options, time);
    private readonly SinkLane _writes = new("sink", "take writes", "write", options, notices, time);
    private readonly SinkLane _reads = new("sink reads", "answer reads", "read", options, notices, time);
    private long _taken;

    /// <summary>The sink.</summary>
    public IVectorSink Sink => sink;

    /// <summary>Requests that may be under way now.</summary>
    public int Concurrency => _gate.Limit;

    /// <summary>Writes that the sink has taken so far.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Changes something in the sink, as often as it takes.</summary>
    /// <exception cref="SluiceException">It will not get better by itself.</exception>
    public async Task RunAsync(Func<IVectorSink, CancellationToken, Task> operation, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            switch (await TryWriteAsync(() => operation(sink, cancellationToken), 1, cancellationToken))
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

    /// <summary>Reads something from the sink, as often as it takes.</summary>
    /// <exception cref="SluiceException">It will not get better by itself.</exception>
    public async Task<T> ReadAsync<T>(Func<IVectorSink, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            T? answer = default;
            switch (await TryReadAsync(async () => answer = await read(sink, cancellationToken), cancellationToken))
            {
                case null:
                    return answer!;
                case TransientException exception:
                    await _reads.PauseAsync(exception, attempt, cancellationToken);
                    break;
                case var exception:
                    ExceptionDispatchInfo.Throw(exception);
                    break;
            }
        }
    }

    /// <summary>Reads once.</summary>
    /// <returns>Null when it is done; what went wrong otherwise.</returns>
    public Task<Exception?> TryReadAsync(Func<Task> read, CancellationToken cancellationToken) => TryAsync(_reads, read, 1, cancellationToken);

    /// <summary>Writes once.</summary>
    /// <returns>Null when it is done; what went wrong otherwise.</returns>
    public Task<Exception?> TryWriteAsync(Func<Task> write, int records, CancellationToken cancellationToken) => TryAsync(_writes, write, records, cancellationToken);

    /// <summary>Waits before a write is tried again, and says why.</summary>
    public Task PauseAsync(TransientException exception, int attempt, CancellationToken cancellationToken) => _writes.PauseAsync(exception, attempt, cancellationToken);

    /// <summary>Waits before a read is tried again, and says why.</summary>
    public Task PauseReadAsync(TransientException exception, int attempt, CancellationToken cancellationToken) => _reads.PauseAsync(exception, attempt, cancellationToken);

    private static WriteGate CreateGate(SinkCapabilities capabilities, PipelineOptions options, TimeProvider time)
    {
        var max = Math.Max(1, Math.Min(options.SinkParallelism, capabilities.MaxConcurrency));
        return new WriteGate(capabilities.InitialConcurrency > 0 ? Math.Min(capabilities.InitialConcurrency, max) : max, max, time);
    }

    /// <summary>
    /// Does something once. A sink that has answered before and now refuses all (a password was changed, a right taken, a quota used up) is waited for: a person has to mend
    /// that, and it must not end what has run for hours. One that has answered nothing yet is told at once.
    /// </summary>
    private async Task<Exception?> TryAsync(SinkLane lane, Func<Task> operation, int records, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryOnceAsync(lane, operation, records, cancellationToken);
            }
            catch (StorageException exception) when (exception is { IsMendable: true, InnerException: not TransientException } && lane.HasAnswered)
            {
                await lane.PauseAsync(new TransientException(exception.Message, innerException: exception), attempt, cancellationToken);
            }
        }
    }

    private async Task<Exception?> TryOnceAsync(SinkLane lane, Func<Task> operation, int records, CancellationToken cancellationToken)
    {
        var began = await _gate.EnterAsync(cancellationToken);
        var outcome = WriteOutcome.Other;
        try
        {
            await operation();
            lane.Answered();
            if (lane == _writes)
            {
                outcome = WriteOutcome.Taken;
                Interlocked.Increment(ref _taken);
            }

            return null;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A client's own limit of time, that it did not tell from being stopped: nobody has stopped it.
            var transient = new TransientException($"it did not answer in time: {exception.Message}", innerException: exception);
            outcome = WriteOutcome.Overloaded;
            retries?.Count(1, records);
            lane.Refused(transient, nothingTaken: true);
            return transient;
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StorageException))
        {
            retries?.Count(1, records);
            if ((exception as TransientException ?? (exception as PartlyWrittenException)?.Cause) is { } transient)
            {
                outcome = WriteOutcome.Overloaded;
                if (transient.RetryAfter is { } pause)
                {
                    _gate.Close(pause);
                }

                lane.Refused(transient, nothingTaken: exception is TransientException);
            }

            return exception;
        }
        finally
        {
            _gate.Leave(began, outcome);
        }
    }
}
