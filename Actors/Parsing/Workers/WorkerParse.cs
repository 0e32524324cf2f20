using Sluice.Actors.Parsing.Bytes;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// One document that is parsed in a worker: serves the bytes it asks for, takes its sections, and gives the document to a fresh worker where the first one ends before its
/// time. Sections that the reader has already are not given again: parsing is the same each time.
/// </summary>
internal sealed class WorkerParse : IAsyncDisposable
{
    /// <summary>Times that a document may end its worker before it is believed of it. The last of them is with a worker that has parsed nothing else.</summary>
    private const int MaxCrashes = 2;

    /// <summary>Times that a worker may be killed from outside: that says little of the document, but somebody does it.</summary>
    private const int MaxKills = 5;

    /// <summary>How long a worker may be silent beyond the limit of a section, in which it says every second that it lives: a machine may be slow.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);

    private readonly WorkerPool _pool;
    private readonly WorkerSetting _setting;
    private readonly SourceFeed _feed;
    private readonly SourceWatch _watch;
    private readonly SectionBuffer _sections = new();
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;
    private long _delivered;

    /// <summary>Begins.</summary>
    /// <param name="pool">The workers.</param>
    /// <param name="setting">How to parse.</param>
    /// <param name="feed">The document; not owned.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public WorkerParse(WorkerPool pool, WorkerSetting setting, SourceFeed feed, CancellationToken cancellationToken)
    {
        _pool = pool;
        _setting = setting;
        _feed = feed;
        _watch = new SourceWatch(pool.Time);
        _cancellationToken = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pump = Task.Run(PumpAsync, CancellationToken.None);
    }

    private TimeSpan Patience => _setting.Options.SectionTimeout + s_grace;

    /// <summary>The next section; null at the end.</summary>
    public ValueTask<Section?> NextAsync() => _sections.ReadAsync(_cancellationToken);

    /// <summary>Ends it. A worker that is in the middle of the document is ended with it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _sections.Dispose();
    }

    private async Task PumpAsync()
    {
        try
        {
            var (crashes, kills) = (0, 0);
            while (true)
            {
                try
                {
                    await TryAsync(fresh: crashes + kills > 0).ConfigureAwait(false);
                    _sections.Complete(null);
                    return;
                }
                catch (WorkerDeathException death) when (!_stop.IsCancellationRequested)
                {
                    _setting.Died(death, _feed.Content.Uri);
                    _ = death.End == WorkerEnd.Killed ? kills++ : crashes++;
                    if (death.End == WorkerEnd.Silent || crashes >= MaxCrashes || kills >= MaxKills)
                    {
                        throw new DocumentRejectedException(death.Verdict(crashes + kills, _setting.Options), death);
                    }
                }
            }
        }
        catch (WorkersUnavailableException exception)
        {
            _sections.Complete(new TransientException(exception.Message, innerException: exception)); // The first one could be: it is not the document's fault.
        }
        catch (Exception exception)
        {
            _sections.Complete(ParseFailures.Translate(exception, _watch, null, null, _cancellationToken));
        }
    }

    private async Task TryAsync(bool fresh)
    {
        var head = await ReadSourceAsync(0).ConfigureAwait(false);
        if (head is null)
        {
            throw _watch.Fault!.SourceException;
        }

        var worker = await _pool.TakeAsync(fresh, _stop.Token).ConfigureAwait(false);
        var usable = false;
        try
        {
            await worker.BeginAsync(_setting.Setup, _feed.Content.Uri, _feed.Content.MediaType, _feed.Length, head.Value, Patience, _pool.Time, _stop.Token).ConfigureAwait(false);
            usable = await FollowAsync(worker).ConfigureAwait(false);
        }
        catch (DocumentRejectedException exception)
        {
            usable = exception.Rejection.Reason != Reasons.TimedOut; // Its parser may still be at it.
            throw;
        }
        catch (SourceFailedException)
        {
            usable = true;
            throw _watch.Fault!.SourceException;
        }
        finally
        {
            await _pool.ReturnAsync(worker, usable).ConfigureAwait(false);
        }
    }

    /// <summary>Does what the worker says until the document ended.</summary>
    /// <returns>Whether the worker can take another one.</returns>
    private async Task<bool> FollowAsync(WorkerProcess worker)
    {
        var codec = new SectionCodec();
        for (long read = 0; ;)
        {
            var frame = await worker.ReceiveAsync(Patience, _pool.Time, _stop.Token).ConfigureAwait(false);
            switch (frame.Kind)
            {
                case FrameKind.Section:
                    var section = Decode(worker, frame, sent => codec.Read(sent.Payload.Span));
                    if (read++ == _delivered)
                    {
                        await _sections.WriteAsync(section, frame.Payload.Length, _stop.Token).ConfigureAwait(false);
                        _delivered++;
                    }

                    break;
                case FrameKind.Ended:
                    return true;
                case FrameKind.Rejected:
                    throw new DocumentRejectedException(Decode(worker, frame, Rejected));
                case FrameKind.OutOfMemory:
                    throw worker.Starved();
                case FrameKind.Failed:
                    throw _watch.Fault is not null ? new SourceFailedException() : new IOException($"the process that parses failed: {Decode(worker, frame, static frame => new PayloadReader(frame.Payload.Span).NullableText())}");
                default:
                    await ServeAsync(worker, frame).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Answers what the worker asks for.</summary>
    /// <exception cref="WorkerDeathException">It asks for what nobody would.</exception>
    private async ValueTask ServeAsync(WorkerProcess worker, Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Alive:
                return;
            case FrameKind.Read when Decode(worker, frame, static frame => new PayloadReader(frame.Payload.Span).Int64()) is >= 0 and var offset:
                var bytes = await ReadSourceAsync(offset).ConfigureAwait(false);
                await worker.SendAsync(
                    to => (bytes is { } block ? to.Begin(FrameKind.Bytes).Add(block.Span) : to.Begin(FrameKind.SourceFailed)).End(), Patience, _pool.Time, _stop.Token).ConfigureAwait(false);
                return;
            case FrameKind.Turn when _setting.Recognition is { } recognition:
                await RecognizeAsync(worker, recognition).ConfigureAwait(false);
                return;
            default:
                throw Nonsense(worker, frame);
        }
    }

    private async ValueTask RecognizeAsync(WorkerProcess worker, ITextRecognition recognition)
    {
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _pool.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, late.Token);
        Action<PayloadWriter> answer;
        try
        {
            var page = await recognition.ReadAsync(
                async _ =>
                {
                    await worker.SendAsync(static to => to.Begin(FrameKind.TurnGranted).End(), Patience, _pool.Time, _stop.Token).ConfigureAwait(false);
                    var picture = await PictureAsync(worker).ConfigureAwait(false);
                    late.CancelAfter(_setting.Options.SectionTimeout);
                    return picture;
                },
                either.Token).ConfigureAwait(false);
            answer = to => RecognizedPageCodec.Write(to, page);
        }
        catch (NotDrawnException)
        {
            return; // The worker knows why, and goes on or ends.
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !_stop.IsCancellationRequested)
        {
            return; // The worker has the same limit, and says so.
        }
        catch (ModelException exception)
        {
            answer = to => to.Begin(FrameKind.RecognitionFailed).Add(exception.Message).End();
        }

        await worker.SendAsync(answer, Patience, _pool.Time, _stop.Token).ConfigureAwait(false);
    }

    private async Task<Images.RasterImage> PictureAsync(WorkerProcess worker)
    {
        while (true)
        {
            var frame = await worker.ReceiveAsync(Patience, _pool.Time, _stop.Token).ConfigureAwait(false);
            switch (frame.Kind)
            {
                case FrameKind.Picture:
                    return Decode(worker, frame, static frame => RecognizedPageCodec.ReadPicture(frame.Payload.Span));
                case FrameKind.PictureFailed:
                    throw new NotDrawnException();
                case FrameKind.Turn:
                    throw Nonsense(worker, frame);
                default:
                    await ServeAsync(worker, frame).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>A block of the document; null where the source failed, which is remembered.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> ReadSourceAsync(long offset)
    {
        try
        {
            return await _feed.ReadAsync(offset, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            _watch.Record(exception);
            return null;
        }
    }

    /// <summary>Reads a frame's payload. One that cannot be read is the worker's fault, whichever kind it is, and never damage of the document.</summary>
    private static T Decode<T>(WorkerProcess worker, Frame frame, Func<Frame, T> read)
    {
        try
        {
            return read(frame);
        }
        catch (InvalidDataException)
        {
            throw Nonsense(worker, frame);
        }
    }

    private static Rejection Rejected(Frame frame)
    {
        var from = new PayloadReader(frame.Payload.Span);
        var rejection = new Rejection((Verdict)from.Byte(), from.Text(), from.Text());
        return Enum.IsDefined(rejection.Verdict) && rejection.Reason.Length > 0 ? rejection : throw new InvalidDataException("a verdict that came through the pipe is none");
    }

    private static WorkerDeathException Nonsense(WorkerProcess worker, Frame frame)
    {
        worker.Kill(WorkerEnd.Crashed);
        return new(WorkerEnd.Crashed, $"saying what makes no sense ({frame.Kind})");
    }

    /// <summary>The document ended because its source failed.</summary>
    private sealed class SourceFailedException() : Exception("the source failed");

    /// <summary>The worker could not draw a page.</summary>
    private sealed class NotDrawnException() : Exception("the page was not drawn");
}
