using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Workers;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Tests.Workers;

/// <summary>Documents parsed by real workers: processes of the program that lies beside the tests. Ends them when disposed.</summary>
internal sealed class WorkerLab : IAsyncDisposable
{
    private readonly DocumentParsers _here;

    public WorkerLab(ParsingOptions? options = null, int count = 1, WorkerCommand? command = null, TimeProvider? time = null, Func<long>? available = null)
    {
        Options = options ?? new();
        _here = new DocumentParsers(Options, TimeProvider.System);
        Pool = new WorkerPool(command ?? WorkerCommand.Find("")!, Options.Workers, count, 64 << 20, time ?? TimeProvider.System, available ?? MachineMemory.Available);
        Parser = new IsolatedParser(_here, new WorkerSetting(Options, null, (death, _) => Deaths.Enqueue(death)), Pool, NullLogger.Instance);
    }

    public ParsingOptions Options { get; }

    public WorkerPool Pool { get; }

    public IsolatedParser Parser { get; }

    /// <summary>Workers that ended before their time.</summary>
    public ConcurrentQueue<WorkerDeathException> Deaths { get; } = new();

    /// <summary>A page of HTML with many sections: more than wait for their reader at once.</summary>
    public static byte[] LongPage(int paragraphs = 4000) => System.Text.Encoding.UTF8.GetBytes(
        $"<html><head><title>Long</title></head><body><h1>One</h1>{string.Concat(Enumerable.Range(0, paragraphs).Select(static number => $"<p>Paragraph {number} of a page that is long, so long that it does not fit into any buffer on its way, and its parser has to wait.</p>{(number % 50 == 0 ? $"<h2>Part {number}</h2>" : "")}"))}</body></html>");

    /// <summary>Parses a document in a worker.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="name">Its name.</param>
    /// <param name="seekable">Whether its source can seek.</param>
    /// <param name="attempts">How often it was under way when a process ended.</param>
    /// <param name="each">Called for each section.</param>
    public Task<(List<Section> Sections, Rejection? Rejection)> ReadAsync(byte[] bytes, string name, bool seekable = true, int attempts = 0, Action<int>? each = null) =>
        ReadAsync(Parser, bytes, name, seekable, attempts, each);

    /// <summary>Parses a document in this process.</summary>
    public Task<(List<Section> Sections, Rejection? Rejection)> ReadHereAsync(byte[] bytes, string name) => ReadAsync(_here, bytes, name, seekable: true, 0, null);

    public static async Task<(List<Section> Sections, Rejection? Rejection)> ReadAsync(IDocumentParser parser, byte[] bytes, string name, bool seekable, int attempts, Action<int>? each)
    {
        var sections = new List<Section>();
        Stream stream = seekable ? new MemoryStream(bytes) : new ForwardStream(new MemoryStream(bytes));
        await using var content = new DocumentContent($"file:///docs/{name}", stream) { Attempts = attempts };
        try
        {
            await foreach (var section in parser.ParseAsync(content, CancellationToken.None))
            {
                each?.Invoke(sections.Count);
                sections.Add(section);
            }
        }
        catch (DocumentRejectedException exception)
        {
            return (sections, exception.Rejection);
        }

        return (sections, null);
    }

    /// <summary>Sections as text that can be compared.</summary>
    public static List<string> Shown(IEnumerable<Section> sections) => [.. sections.Select(static section =>
        $"{section.Kind} {section.Continues} {section.Place} [{string.Join('|', section.HeadingPath)}] {section.TableHeader} {string.Join(',', section.Metadata?.Select(static pair => $"{pair.Key}={pair.Value}") ?? [])} {section.Text}")];

    public ValueTask DisposeAsync() => Pool.DisposeAsync();

    /// <summary>A source that cannot seek.</summary>
    private sealed class ForwardStream(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 1000));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
