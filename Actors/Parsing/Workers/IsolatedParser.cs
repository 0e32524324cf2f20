using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Parsing.Detection;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// Has documents parsed in worker processes, so that what a document breaks, hangs or bloats is a process of its own: it becomes a dead letter, and costs nobody else. Formats
/// that cannot hurt are parsed here. Safe for concurrent use on different documents.
/// </summary>
/// <remarks>
/// A document that was under way when a process ended (<see cref="DocumentContent.Attempts"/>) is always parsed in a worker, whatever its format: most of those are innocent,
/// and a worker tells which are not without harm to anybody. So nothing but ending its own worker, twice, makes a document <see cref="Reasons.Crashed"/>.
/// </remarks>
public sealed class IsolatedParser : IDocumentParser
{
    /// <summary>
    /// Formats that are parsed in this process: their parsers go through the text once, keep a line or a row, call no library and never themselves. Each has the tests of
    /// hostile files behind it; in a worker they cost two to five times the processor time. See docs/benchmarks.md.
    /// </summary>
    private static readonly FrozenSet<string> s_harmless = FrozenSet.Create(
        StringComparer.Ordinal, MediaTypes.PlainText, MediaTypes.Csv, MediaTypes.Tsv, MediaTypes.JsonLines, MediaTypes.SourceCode);

    /// <summary>
    /// Without a program for workers nobody can tell who ended a process; a document that was under way each of so many times is given up then, so that the others get in.
    /// </summary>
    private const int MaxAttempts = 3;

    /// <summary>
    /// How long workers are not asked for again after one could not be started, for want of memory, say. Meanwhile documents are parsed here, but none of those that were under
    /// way when a process ended: they wait for a worker.
    /// </summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);

    private readonly DocumentParsers _here;
    private readonly WorkerSetting _setting;
    private readonly WorkerPool? _pool;
    private readonly ILogger _logger;
    private long _failedAt;

    internal IsolatedParser(DocumentParsers here, WorkerSetting setting, WorkerPool? pool, ILogger logger)
    {
        _here = here;
        _setting = setting;
        _pool = pool;
        _logger = logger;
    }

    /// <summary>Makes the parser of a run.</summary>
    /// <param name="options">Limits; not changed afterwards.</param>
    /// <param name="images">How the model wants its images; null where documents become text.</param>
    /// <param name="documents">Documents that are read at once, from 1.</param>
    /// <param name="timeProvider">The clock of the time limits.</param>
    /// <param name="loggers">Told of workers that ended before their time.</param>
    /// <returns>The parser. It shares its workers with others of this process under the same settings; they end when unused for a while, and with the process.</returns>
    /// <exception cref="ConfigurationException">The program for workers that the settings name does not exist; or as <see cref="DocumentParsers"/> says.</exception>
    public static IDocumentParser Create(ParsingOptions options, ImageRecipe? images, int documents, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        var logger = loggers.CreateLogger<IsolatedParser>();
        var here = images is null ? new DocumentParsers(options, timeProvider) : DocumentParsers.ForImages(options, timeProvider, images);
        var setting = new WorkerSetting(options, images, (death, uri) => WorkerLog.Died(logger, uri, death.Message));
        var command = WorkerCommand.Find(options.Workers.Program);
        if (command is null && options.Workers.Program.Length > 0)
        {
            throw new ConfigurationException($"sluice.parsing.workers.program = {options.Workers.Program}: there is no such file.");
        }

        if (command is null && !options.Workers.InProcess)
        {
            WorkerLog.NoProgram(logger, AppContext.BaseDirectory);
        }

        return new IsolatedParser(here, setting, command is null ? null : SharedWorkers.Of(command, options, documents), logger);
    }

    /// <inheritdoc/>
    public string Fingerprint => _here.Fingerprint;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Section> ParseAsync(DocumentContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        var feed = new SourceFeed(content);
        await using var disposal = feed.ConfigureAwait(false);
        if (await WorkerForAsync(feed, cancellationToken).ConfigureAwait(false) is not { } pool)
        {
            await foreach (var section in _here.ParseAsync(feed.Rewind(), cancellationToken).ConfigureAwait(false))
            {
                yield return section;
            }

            yield break;
        }

        var parse = new WorkerParse(pool, _setting, feed, cancellationToken);
        await using var ending = parse.ConfigureAwait(false);
        while (await parse.NextAsync().ConfigureAwait(false) is { } section)
        {
            yield return section;
        }
    }

    /// <summary>The workers, where this document goes to one.</summary>
    private async ValueTask<WorkerPool?> WorkerForAsync(SourceFeed feed, CancellationToken cancellationToken)
    {
        var suspect = feed.Content.Attempts > 0;
        if (_pool is null)
        {
            return feed.Content.Attempts < MaxAttempts
                ? null
                : throw new DocumentRejectedException(Rejection.Dead(
                    Reasons.Crashed,
                    $"it was under way each of the {feed.Content.Attempts} times that the process ended, and there is no program to parse it apart (sluice.parsing.workers.program); `sluice dead replay` tries it again"));
        }

        if (!suspect && (_setting.Options.Workers.InProcess || IsResting))
        {
            return null;
        }

        var head = await feed.HeadAsync(cancellationToken).ConfigureAwait(false);
        if (!suspect && IsHarmless(TypeDetector.Detect(head.Span, feed.Content.FileName, feed.Content.MediaType).MediaType))
        {
            return null;
        }

        try
        {
            await _pool.EnsureAsync(cancellationToken).ConfigureAwait(false);
            return _pool;
        }
        catch (WorkersUnavailableException exception)
        {
            Volatile.Write(ref _failedAt, _pool.Time.GetTimestamp());
            WorkerLog.CannotStart(_logger, exception.Message);
            return suspect ? throw new TransientException($"it is parsed in a process of its own only, and none can be started now: {exception.Message}", s_rest, exception) : null;
        }
    }

    /// <summary>Whether a worker could not be started a moment ago.</summary>
    private bool IsResting => Volatile.Read(ref _failedAt) is not 0 and var failed && _pool!.Time.GetElapsedTime(failed) < s_rest;

    /// <summary>Harmless, or not read at all: then there is nothing to parse, only to say so.</summary>
    private bool IsHarmless(string mediaType) =>
        s_harmless.Contains(mediaType) || (mediaType is not (Detected.Zip or Detected.Gzip or Detected.Compound) && !_here.Reads(mediaType));
}
