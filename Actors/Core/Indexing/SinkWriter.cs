using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>
/// The one write policy for all sinks. Requests are of the size the sink takes, and go through its <see cref="SinkCalls"/>, which wait for what may pass. A request that is too large
/// is halved, and the smaller size kept. A record that the sink cannot take is isolated by bisection. Every record ends stored or refused. Safe for concurrent use.
/// </summary>
internal sealed class SinkWriter(IVectorSink sink, PipelineOptions options, NoticeBoard notices, TimeProvider time, StageMeter? retries = null)
{
    /// <summary>Failures that may pass after which a request is halved: one record may be what the server breaks on.</summary>
    private const int TriesOfOneSize = 6;

    /// <summary>Failures that may pass of a single record, with others taken in between each time, after which it is given up.</summary>
    private const int TriesOfOneRecord = 12;

    private readonly RequestCutter _cutter = new(sink);

    /// <summary>Its calls to the sink; whatever else is asked of the sink during the run goes through them too.</summary>
    public SinkCalls Calls { get; } = new(sink, options, notices, time, retries);

    /// <summary>Deletes and relocates.</summary>
    public SinkEdits Edits => new(Calls, options, time);

    /// <summary>Requests that may be under way now.</summary>
    public int Concurrency => Calls.Concurrency;

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
    public Task RunAsync(Func<IVectorSink, CancellationToken, Task> operation, CancellationToken cancellationToken) => Calls.RunAsync(operation, cancellationToken);

    private async Task WriteRequestAsync(IReadOnlyList<VectorRecord> request, Batch batch, CancellationToken cancellationToken)
    {
        var (attempt, takenBefore, passedBy) = (0, Calls.Taken, 0);
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
                    await Calls.PauseAsync(partly.Cause, 1, cancellationToken);
                    break;
                case RequestTooLargeException tooLarge when request.Count > 1:
                    _cutter.TooLarge(request, tooLarge.IsCertain);
                    await HalveAsync(request, batch, cancellationToken);
                    return;
                case RequestTooLargeException { IsCertain: true } tooLarge:
                    batch.Refuse(request[0], $"it is too large for the database even alone: {tooLarge.Message}");
                    return;
                case RequestTooLargeException cut:
                    await Calls.PauseAsync(new TransientException(cut.Message, innerException: cut), attempt, cancellationToken);
                    break;
                case TransientException { IsThrottling: false } when attempt % TriesOfOneSize == 0 && request.Count > 1:
                    await HalveAsync(request, batch, cancellationToken);
                    return;
                case TransientException transient:
                    if (request.Count == 1 && !transient.IsThrottling)
                    {
                        // The database takes others and not this one, again and again: the record breaks it.
                        passedBy += await TakesOthersAsync(takenBefore, attempt, batch, cancellationToken) ? 1 : 0;
                        takenBefore = Calls.Taken;
                        if (passedBy >= TriesOfOneRecord)
                        {
                            batch.Refuse(request[0], $"the database failed on it {attempt} times and took others in between, last: {transient.Message}");
                            return;
                        }
                    }

                    await Calls.PauseAsync(transient, attempt, cancellationToken);
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
        var failed = await Calls.TryWriteAsync(async () => refused = await sink.UpsertAsync(request, cancellationToken), request.Count, cancellationToken);
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
        if (Calls.Taken == takenBefore && attempt >= TriesOfOneSize && batch.Stored is { } stored)
        {
            await Calls.TryWriteAsync(() => sink.UpsertAsync([stored], cancellationToken), 1, cancellationToken);
        }

        return Calls.Taken > takenBefore;
    }

    private async Task HalveAsync(IReadOnlyList<VectorRecord> request, Batch batch, CancellationToken cancellationToken)
    {
        var half = request.Count / 2;
        await WriteRequestAsync([.. request.Take(half)], batch, cancellationToken);
        await WriteRequestAsync([.. request.Skip(half)], batch, cancellationToken);
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
