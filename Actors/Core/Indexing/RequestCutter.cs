using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>Cuts records into requests of the size the sink takes, and learns a smaller one when it says that a request was too large. Safe for concurrent use.</summary>
internal sealed class RequestCutter(IVectorSink sink)
{
    /// <summary>Connections cut in the middle of a request, without one as large going through in between, after which the size is believed to be the reason.</summary>
    private const int CutsToBelieve = 3;

    /// <summary>Sizes below this are not learnt from a connection that was cut.</summary>
    private const long LeastBelieved = 256 * 1024;

    private readonly Lock _lock = new();
    private long _maxBytes = long.MaxValue;
    private int _cuts;

    /// <summary>Bytes of a request, at most, as encoded.</summary>
    public long MaxBytes => Math.Min(Interlocked.Read(ref _maxBytes), sink.Capabilities.MaxBytes);

    /// <summary>Cuts records into requests, the last of each id only.</summary>
    public List<IReadOnlyList<VectorRecord>> Cut(IReadOnlyList<VectorRecord> records)
    {
        var last = new Dictionary<ChunkId, int>(records.Count);
        for (var index = 0; index < records.Count; index++)
        {
            last[records[index].Chunk.Id] = index;
        }

        var (maxRecords, maxBytes) = (sink.Capabilities.MaxRecords, MaxBytes);
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

            var size = sink.EncodedBytes(record);
            if (request.Count > 0 && (request.Count >= maxRecords || bytes + size > maxBytes))
            {
                requests.Add(request);
                request = [];
                bytes = 0;
            }

            request.Add(record);
            bytes += size;
        }

        if (request.Count > 0)
        {
            requests.Add(request);
        }

        return requests;
    }

    /// <summary>A request of this size was written.</summary>
    public void Fits(IReadOnlyList<VectorRecord> request)
    {
        if (Volatile.Read(ref _cuts) > 0 && Size(request) * 2 > MaxBytes)
        {
            Volatile.Write(ref _cuts, 0);
        }
    }

    /// <summary>A request was too large.</summary>
    /// <param name="request">The request, of more than one record.</param>
    /// <param name="isCertain">Whether the sink said so.</param>
    public void TooLarge(IReadOnlyList<VectorRecord> request, bool isCertain)
    {
        var half = Math.Max(1, Size(request) / 2);
        lock (_lock)
        {
            if (isCertain || (++_cuts >= CutsToBelieve && half >= LeastBelieved))
            {
                _cuts = 0;
                _maxBytes = Math.Min(_maxBytes, half);
            }
        }
    }

    private long Size(IReadOnlyList<VectorRecord> request)
    {
        long bytes = 0;
        foreach (var record in request)
        {
            bytes += sink.EncodedBytes(record);
        }

        return bytes;
    }
}
