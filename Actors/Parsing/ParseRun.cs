using System.Threading.Channels;
using Sluice.Actors.Parsing.Bytes;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing;

/// <summary>
/// One document being parsed: a task that parses a few sections ahead, and the clock that gives it up. A parser that does not come back is left behind: its task
/// ends when it next looks at its cancellation token or reads its stream, and its outcome no longer matters.
/// </summary>
internal sealed class ParseRun : IAsyncDisposable
{
    private const int SectionsAhead = 8;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly Channel<Section> _sections = Channel.CreateBounded<Section>(
        new BoundedChannelOptions(SectionsAhead) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly DocumentContent _content;
    private readonly FormatRegistry _formats;
    private readonly ParsingOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly SourceWatch _watch;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;
    private IFormatParser? _parser;
    private Place? _last;

    public ParseRun(DocumentContent content, FormatRegistry formats, ParsingOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _content = content;
        _formats = formats;
        _options = options;
        _timeProvider = timeProvider;
        _watch = new SourceWatch(timeProvider);
        _cancellationToken = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pump = Task.Run(PumpAsync, CancellationToken.None);
    }

    /// <summary>The next section, or null at the end.</summary>
    public async ValueTask<Section?> NextAsync()
    {
        while (true)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (_sections.Reader.TryRead(out var section))
            {
                return section;
            }

            if (!await WaitAsync().ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _pump.WaitAsync(_patience, _timeProvider).ConfigureAwait(false);
            _stop.Dispose();
        }
        catch (TimeoutException)
        {
            // Left behind, see above; the token source stays alive for it.
        }
    }

    private async ValueTask<bool> WaitAsync()
    {
        var started = _timeProvider.GetTimestamp();
        var waitedBefore = _watch.Waited;
        var ready = _sections.Reader.WaitToReadAsync(_cancellationToken).AsTask();
        while (true)
        {
            var working = _timeProvider.GetElapsedTime(started) - (_watch.Waited - waitedBefore);
            var left = _options.SectionTimeout - working;
            if (left <= TimeSpan.Zero)
            {
                var where = _last is null ? "to its first section" : $"after {PlaceText.Of(_last)}";
                throw new DocumentRejectedException(Rejection.Dead(
                    Reasons.TimedOut,
                    $"parsing took longer than {_options.SectionTimeout.TotalSeconds:N0} s {where}; raise sluice.parsing.section-timeout to wait longer"));
            }

            try
            {
                return await ready.WaitAsync(left, _timeProvider, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Look again: the source may have been what took so long. Failures of the parser never surface as this exception.
            }
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            var opened = await OpenedDocument.OpenAsync(_content, _formats, _options, _watch, _stop.Token).ConfigureAwait(false);
            await using (opened.ConfigureAwait(false))
            {
                _parser = opened.Parser;
                var any = false;
                await foreach (var section in opened.Parser.ParseAsync(opened.Input, _stop.Token).WithCancellation(_stop.Token).ConfigureAwait(false))
                {
                    any |= section.Kind != SectionKind.Title;
                    _last = section.Place;
                    await _sections.Writer.WriteAsync(section, _stop.Token).ConfigureAwait(false);
                }

                _sections.Writer.Complete(any ? null : OpenedDocument.Empty("no text in it"));
            }
        }
        catch (Exception exception)
        {
            _sections.Writer.TryComplete(ParseFailures.Translate(exception, _watch, _parser, _last, _cancellationToken));
        }
    }
}
