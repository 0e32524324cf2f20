using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing;

/// <summary>
/// Parses documents of every format that Sluice reads: tells the type (content first, name second, the source's hint third), takes off <c>.gz</c>, holds the document
/// to the limits of <see cref="ParsingOptions"/> and turns every failure into a reason. Safe for concurrent use on different documents.
/// </summary>
/// <remarks>
/// Parsing runs on the thread pool, a few sections ahead of the reader. A document whose parser takes longer than <see cref="ParsingOptions.SectionTimeout"/> to its
/// next section, time spent waiting for the source not counted, is given up. Failures of the source (<see cref="IOException"/>,
/// <see cref="UnauthorizedAccessException"/>, <see cref="Streams.Failures.TransientException"/>) pass through as they are.
/// </remarks>
public sealed class DocumentParsers : IDocumentParser
{
    private readonly ParsingOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly FormatRegistry _formats;

    /// <summary>Makes the parser.</summary>
    /// <param name="options">Limits; not changed afterwards.</param>
    /// <param name="timeProvider">The clock of the time limit.</param>
    /// <exception cref="ConfigurationException">Text is to be recognised always (<see cref="OcrMode.Always"/>), and a program or a model for it is missing.</exception>
    public DocumentParsers(ParsingOptions options, TimeProvider timeProvider)
        : this(options, timeProvider, Formats(options, timeProvider))
    {
    }

    /// <summary>Makes the parser of the formats that are read as images: each picture and each page of a PDF becomes one section.</summary>
    /// <param name="options">Limits; not changed afterwards.</param>
    /// <param name="timeProvider">The clock of the time limit.</param>
    /// <param name="recipe">How the model wants its images.</param>
    /// <returns>The parser.</returns>
    public static DocumentParsers ForImages(ParsingOptions options, TimeProvider timeProvider, ImageRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentNullException.ThrowIfNull(recipe);
        return new DocumentParsers(options, timeProvider, FormatRegistry.ForImages(recipe, timeProvider));
    }

    internal DocumentParsers(ParsingOptions options, TimeProvider timeProvider, FormatRegistry formats)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _options = options;
        _timeProvider = timeProvider;
        _formats = formats;
    }

    /// <summary>Makes the parser of a worker: text in pictures is recognised by the process that started it.</summary>
    internal static DocumentParsers ForWorker(Workers.WorkerSetup setup, ITextRecognition recognition, TimeProvider timeProvider) => new(
        setup.Options,
        timeProvider,
        setup.Images is { } recipe ? FormatRegistry.ForImages(recipe, timeProvider)
            : setup.Options.Ocr.Mode == OcrMode.Off ? FormatRegistry.Default
            : FormatRegistry.With(new PageRecognition(setup.Options.Ocr, timeProvider, recognition)));

    /// <summary>Whether a parser reads this media type.</summary>
    internal bool Reads(string mediaType) => _formats.Find(mediaType) is not null;

    /// <inheritdoc/>
    public string Fingerprint => _formats.Fingerprint;

    /// <inheritdoc/>
    public async IAsyncEnumerable<Section> ParseAsync(DocumentContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        var run = new ParseRun(content, _formats, _options, _timeProvider, cancellationToken);
        await using (run.ConfigureAwait(false))
        {
            while (await run.NextAsync().ConfigureAwait(false) is { } section)
            {
                yield return section;
            }
        }
    }

    private static FormatRegistry Formats(ParsingOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Ocr.Mode == OcrMode.Off)
        {
            return FormatRegistry.Default;
        }

        var recognition = new PageRecognition(options.Ocr, timeProvider);
        return recognition.IsAlways && recognition.PageProblem is { } problem
            ? throw new ConfigurationException($"sluice.parsing.ocr.mode = always: {problem}")
            : FormatRegistry.With(recognition);
    }
}
