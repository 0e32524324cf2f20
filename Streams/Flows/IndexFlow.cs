using System.Diagnostics;
using Akka;
using Akka.Streams.Dsl;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Streams.Flows;

/// <summary>Vector groups in, acknowledgements out: coalesced into requests of the size the database likes, and written.</summary>
public static class IndexFlow
{
    /// <summary>Makes the flow.</summary>
    /// <param name="capabilities">What the sink can take.</param>
    /// <param name="encodedBytes">Bytes of a record in a request; see <see cref="IVectorSink.EncodedBytes"/>.</param>
    /// <param name="write">Writes groups; returns when the sink has committed them, with one acknowledgement a group.</param>
    /// <param name="buffer">Bound, and fill, of the vectors that wait for the sink, in bytes.</param>
    /// <param name="parallelism">Writes under way at once, at least 1.</param>
    /// <param name="flushAge">Longest that a group waits for others.</param>
    /// <returns>The flow.</returns>
    public static Flow<VectorGroup, (VectorGroup Group, GroupStored Stored), NotUsed> Create(
        SinkCapabilities capabilities,
        Func<VectorRecord, long> encodedBytes,
        Func<IReadOnlyList<VectorGroup>, Task<IReadOnlyList<GroupStored>>> write,
        BufferGauge buffer,
        int parallelism,
        TimeSpan flushAge)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return Flow.Create<VectorGroup>()
            .Via(new WeightedBuffer<VectorGroup>(static group => group.Weight, buffer))
            .Via(new Coalesce<VectorGroup>(group => (group.Records.Count, Encoded(group, encodedBytes)), capabilities.MaxRecords, capabilities.MaxBytes, flushAge))
            .SelectAsyncUnordered(parallelism, async groups => (Groups: groups, Stored: await TraceAsync(groups, write).ConfigureAwait(false)))
            .SelectMany(static written => written.Groups.Zip(written.Stored));
    }

    private static long Encoded(VectorGroup group, Func<VectorRecord, long> encodedBytes)
    {
        long bytes = 0;
        foreach (var record in group.Records)
        {
            bytes += encodedBytes(record);
        }

        return bytes;
    }

    private static Task<IReadOnlyList<GroupStored>> TraceAsync(IReadOnlyList<VectorGroup> groups, Func<IReadOnlyList<VectorGroup>, Task<IReadOnlyList<GroupStored>>> write)
    {
        var request = PipelineTracing.BeginBatch("index request", groups.Select(static group => group.Group.Trace));
        return request is null ? write(groups) : EndAsync(request, groups, write);
    }

    private static async Task<IReadOnlyList<GroupStored>> EndAsync(Activity request, IReadOnlyList<VectorGroup> groups, Func<IReadOnlyList<VectorGroup>, Task<IReadOnlyList<GroupStored>>> write)
    {
        request.SetTag("sluice.groups", groups.Count);
        var spans = groups.Select(static group => PipelineTracing.Begin("index", ActivityKind.Client, group.Group.Trace)).ToList();
        Exception? failure = null;
        try
        {
            return await write(groups).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            spans.ForEach(span => PipelineTracing.End(span, failure));
            PipelineTracing.End(request, failure);
        }
    }
}
