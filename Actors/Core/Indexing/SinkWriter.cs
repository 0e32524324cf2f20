using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>
/// The one write policy for all sinks: requests of the size the sink takes, transient failures retried for as long as they last (the run stalls, says so, and goes
/// on), a record that the sink cannot take isolated by bisection. Safe for concurrent use.
/// </summary>
internal sealed class SinkWriter(IVectorSink sink, PipelineOptions options, NoticeBoard notices, TimeProvider time)
{
    private const string Topic = "sink";

    /// <summary>Writes records; when it returns, each one is stored or in the list of failures.</summary>
    public async Task<IReadOnlyList<ChunkFailure>> WriteAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        var failures = new List<ChunkFailure>();
        foreach (var request in Requests(records))
        {
            await WriteRequestAsync(request, failures, cancellationToken);
        }

        return failures;
    }

    /// <summary>Does something to the sink that is not about single records, retrying transient failures.</summary>
    public async Task RunAsync(Func<IVectorSink, CancellationToken, Task> operation, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await operation(sink, cancellationToken);
                notices.Clear(Topic, "the database answers again");
                return;
            }
            catch (TransientException exception)
            {
                await PauseAsync(exception, attempt, cancellationToken);
            }
        }
    }

    /// <summary>Cuts records into requests within the sink's limits, the last of each id only.</summary>
    internal List<IReadOnlyList<VectorRecord>> Requests(IReadOnlyList<VectorRecord> records)
    {
        var last = new Dictionary<ChunkId, int>(records.Count);
        for (var index = 0; index < records.Count; index++)
        {
            last[records[index].Chunk.Id] = index;
        }

        var requests = new List<IReadOnlyList<VectorRecord>>();
        var request = new List<VectorRecord>();
        long bytes = 0;
        for (var index = 0; index < records.Count; index++)
        {
            var record = records[index];
            if (last[record.Chunk.Id] != index)
            {
                continue;
            }

            if (request.Count > 0 && (request.Count >= sink.Capabilities.MaxRecords || bytes + record.Weight > sink.Capabilities.MaxBytes))
            {
                requests.Add(request);
                request = [];
                bytes = 0;
            }

            request.Add(record);
            bytes += record.Weight;
        }

        if (request.Count > 0)
        {
            requests.Add(request);
        }

        return requests;
    }

    private async Task WriteRequestAsync(IReadOnlyList<VectorRecord> request, List<ChunkFailure> failures, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                failures.AddRange(await sink.UpsertAsync(request, cancellationToken));
                notices.Clear(Topic, "the database answers again");
                return;
            }
            catch (TransientException exception)
            {
                await PauseAsync(exception, attempt, cancellationToken);
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or StorageException))
            {
                if (request.Count > 1)
                {
                    var half = request.Count / 2;
                    await WriteRequestAsync([.. request.Take(half)], failures, cancellationToken);
                    await WriteRequestAsync([.. request.Skip(half)], failures, cancellationToken);
                    return;
                }

                if (attempt >= options.Attempts)
                {
                    failures.Add(new ChunkFailure(request[0].Chunk, Rejection.Dead(Reasons.RefusedBySink, $"the database refused it {attempt} times, last with {exception.GetType().Name}: {exception.Message}")));
                    return;
                }

                await Task.Delay(Backoff.Delay(options, attempt), time, cancellationToken);
            }
        }
    }

    private async Task PauseAsync(TransientException exception, int attempt, CancellationToken cancellationToken)
    {
        var delay = Backoff.Delay(options, attempt, exception.RetryAfter);
        notices.Post(Topic, $"the database does not take writes ({exception.Message}); tried {attempt} times, again in {delay.TotalSeconds:0.0} s");
        await Task.Delay(delay, time, cancellationToken);
    }
}
