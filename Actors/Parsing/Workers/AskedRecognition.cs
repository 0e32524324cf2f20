using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// Text recognition as a worker has it: pages are drawn here, within the worker's walls, and read by the parent, which has the networks. So they are loaded once, and only so
/// many pages are read at once, however many workers there are.
/// </summary>
/// <param name="pipe">The way to the parent.</param>
internal sealed class AskedRecognition(ParentPipe pipe) : ITextRecognition, IDisposable
{
    private readonly SemaphoreSlim _answered = new(0);
    private readonly SemaphoreSlim _one = new(1);
    private (FrameKind Kind, byte[] Payload) _answer;

    public string? Problem { get; set; }

    /// <summary>Told that a page was read.</summary>
    public Action Progressed { get; set; } = static () => { };

    /// <summary>The parent's answer.</summary>
    public void Answer(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        _answer = (kind, payload.ToArray());
        _answered.Release();
    }

    public async Task<RecognizedPage> ReadAsync(Func<CancellationToken, Task<RasterImage>> draw, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            pipe.Write(static to => to.Begin(FrameKind.Turn).End(), now: true);
            await AnsweredAsync(cancellationToken).ConfigureAwait(false);
            await DrawAsync(draw, cancellationToken).ConfigureAwait(false);
            await AnsweredAsync(cancellationToken).ConfigureAwait(false);
            Progressed();
            return RecognizedPageCodec.ReadPage(_answer.Payload);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _answered.Dispose();
        _one.Dispose();
    }

    private async Task DrawAsync(Func<CancellationToken, Task<RasterImage>> draw, CancellationToken cancellationToken)
    {
        try
        {
            var image = await draw(cancellationToken).ConfigureAwait(false);
            pipe.Write(to => RecognizedPageCodec.Write(to, image), now: true);
        }
        catch
        {
            pipe.Write(static to => to.Begin(FrameKind.PictureFailed).End(), now: true);
            throw;
        }
    }

    private async Task AnsweredAsync(CancellationToken cancellationToken)
    {
        await _answered.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_answer.Kind == FrameKind.RecognitionFailed)
        {
            throw new ModelException(new PayloadReader(_answer.Payload).Text());
        }
    }
}
