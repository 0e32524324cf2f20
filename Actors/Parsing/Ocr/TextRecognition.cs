using System.Collections.Concurrent;
using System.Globalization;
using Sluice.Actors.Parsing.Images;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>
/// The networks of text recognition, once for all documents of the process that are read under the same settings: loaded when first needed, released when unused for a
/// while, and a bounded number of pages at once, so that neither memory nor processors are taken from the rest. Safe for concurrent use.
/// </summary>
internal sealed class TextRecognition : ITextRecognition, IDisposable
{
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(30);

    /// <summary>By settings: documents of several runs in one process share them, as they share its processors.</summary>
    private static readonly ConcurrentDictionary<string, TextRecognition> _shared = new(StringComparer.Ordinal);

    private readonly OcrModels _models;
    private readonly OcrOptions _options;
    private readonly SemaphoreSlim _pages;
    private readonly Lock _lock = new();
    private readonly ITimer _release;
    private PageReader? _reader;
    private int _users;

    /// <summary>Prepares recognition; loads nothing.</summary>
    /// <param name="models">The models.</param>
    /// <param name="options">How they are run.</param>
    /// <param name="timeProvider">The clock after which unused networks are released.</param>
    public TextRecognition(OcrModels models, OcrOptions options, TimeProvider timeProvider)
    {
        _models = models;
        _options = options;
        _pages = new SemaphoreSlim(options.EffectivePagesAtOnce);
        _release = timeProvider.CreateTimer(static state => ((TextRecognition)state!).Release(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public string? Problem => _models.Problem;

    /// <summary>Whether the networks are loaded.</summary>
    public bool IsLoaded
    {
        get
        {
            lock (_lock)
            {
                return _reader is not null;
            }
        }
    }

    /// <summary>The process's recognition under some settings.</summary>
    /// <param name="options">The settings; not changed afterwards.</param>
    public static TextRecognition Shared(OcrOptions options)
    {
        var models = OcrModels.Locate(options.Models);
        var key = string.Create(CultureInfo.InvariantCulture, $"{models.Folder}|{options.DetectionSide}|{options.EffectivePagesAtOnce}|{options.EffectiveThreads}");
        return _shared.GetOrAdd(key, static (_, made) => new(made.models, made.options, TimeProvider.System), (models, options));
    }

    /// <inheritdoc/>
    public async Task<RecognizedPage> ReadAsync(Func<CancellationToken, Task<RasterImage>> draw, CancellationToken cancellationToken)
    {
        await _pages.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var image = await draw(cancellationToken).ConfigureAwait(false);
            var reader = Enter();
            try
            {
                return await Task.Run(() => reader.Read(image, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Leave();
            }
        }
        finally
        {
            _pages.Release();
        }
    }

    /// <summary>Releases the networks. Not for the one that is shared.</summary>
    public void Dispose()
    {
        _release.Dispose();
        Release();
        _pages.Dispose();
    }

    private PageReader Enter()
    {
        lock (_lock)
        {
            _reader ??= new PageReader(_models, _options);
            _users++;
            return _reader;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_users == 0)
            {
                _release.Change(_idle, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Release()
    {
        lock (_lock)
        {
            if (_users == 0)
            {
                _reader?.Dispose();
                _reader = null;
            }
        }
    }
}
