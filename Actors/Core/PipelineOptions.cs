using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Core;

/// <summary>How wide and how deep the pipeline is. Configured below <c>sluice.pipeline</c>.</summary>
public sealed class PipelineOptions
{
    /// <summary>Partitions a job's documents are spread over, each with one owner. Default 2; 1 to 4096.</summary>
    [Range(1, 4096)]
    public int Partitions { get; set; } = 2;

    /// <summary>Documents read at once in a partition. Default 1; 1 to 256.</summary>
    [Range(1, 256)]
    public int ParseParallelism { get; set; } = 1;

    /// <summary>Documents of a partition that are read, or not completely acknowledged, at once. Default 256; 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int DocumentsInFlight { get; set; } = 256;

    /// <summary>Chunk groups of a partition that are not acknowledged yet, in bytes. Default 4 MiB; 64 KiB to 1 TiB.</summary>
    [Range(64L << 10, 1L << 40)]
    public long WindowBytes { get; set; } = 4L << 20;

    /// <summary>How long nothing may be acknowledged, with nothing known to be down, before what waits as long is offered again. Default 10 minutes; 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AcknowledgeTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Most padded tokens in a batch (rows x longest row). Default 0: found while the model runs, from 1,024 up to 65,536 for as long as larger batches are faster and memory allows;
    /// 0 to 16,777,216.
    /// </summary>
    [Range(0, 1 << 24)]
    public int BatchTokens { get; set; }

    /// <summary>Most rows in a batch; where its tokens are found: for each 1,024 of them. Default 64; 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int BatchRows { get; set; } = 64;

    /// <summary>Tokens held to choose batches from: more means less padding, more memory and delay; at least eight batches where their size is found. Default 16,384; 1 to 1,073,741,824.</summary>
    [Range(1, 1 << 30)]
    public int PackingWindowTokens { get; set; } = 16_384;

    /// <summary>Longest that chunks wait for a full batch while the embedder is idle. Default 100 ms; 1 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan BatchFlushAge { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Batches under way at once: 2 keeps the next one ready while one runs. Default 2; 1 to 64.</summary>
    [Range(1, 64)]
    public int BatchesAhead { get; set; } = 2;

    /// <summary>Vectors that wait for the sink, in bytes. Default 4 MiB; 64 KiB to 1 TiB.</summary>
    [Range(64L << 10, 1L << 40)]
    public long SinkBufferBytes { get; set; } = 4L << 20;

    /// <summary>Writes to the sink at once; never more than the sink takes, and fewer when it is overloaded. Default 8; 1 to 256.</summary>
    [Range(1, 256)]
    public int SinkParallelism { get; set; } = 8;

    /// <summary>
    /// How long a sink may answer every write with "fewer requests, please" before the run ends: a used-up quota looks like that. A sink that is down is waited for without
    /// end. Default 15 minutes; 1 second to 7 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan ThrottlingLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Longest that vectors wait for a full request. Default 200 ms; 1 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan SinkFlushAge { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Embeddings that are remembered while several sinks are filled at once, so that one that lags a little needs none made again. Default 64 MiB; 0 to 1 TiB.</summary>
    [Range(0L, 1L << 40)]
    public long SharedEmbeddingBytes { get; set; } = 64L << 20;

    /// <summary>Times a document, or a chunk, is tried before it is a dead letter. Default 3; 1 to 100.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 3;

    /// <summary>First pause before something is tried again; doubles each time, with jitter. Default 200 ms; 1 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause before something is tried again. Default 30 seconds; 1 ms to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest that a clean stop waits for work under way. Default 10 seconds; 100 ms to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a folder that is no longer there, in the middle of a run, is waited for before the run ends with everything kept. A server, or a mount that does not answer, is
    /// waited for without end. Default 30 seconds; 0 to 7 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan RootPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Share of the documents that a source had above which a run asks before it removes them, and above which it ends when they vanish while it reads. Default 0.1; 0 (always)
    /// to 1 (only where nothing is left).
    /// </summary>
    [Range(0.0, 1.0)]
    public double PruneShare { get; set; } = 0.1;

    /// <summary>Documents that may be gone whatever share they are. Fewer never need asking, unless nothing at all is left. Default 20; 1 to 1,000,000,000.</summary>
    [Range(1, 1_000_000_000)]
    public int PruneMinimum { get; set; } = 20;

    /// <summary>Whether so many documents are too many to be gone without being asked about.</summary>
    internal bool AreTooMany(long gone, long of) => gone >= PruneMinimum && gone > of * PruneShare;
}
