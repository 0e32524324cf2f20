using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr;

namespace Sluice.Actors.Tests.Parsing.Ocr;

public sealed class TextRecognitionTests
{
    [Fact]
    public async Task ReadAsync_MorePagesThanAllowed_AreDrawnOneAfterTheOther()
    {
        using var recognition = new TextRecognition(OcrModels.Locate(""), new OcrOptions { PagesAtOnce = 1 }, TimeProvider.System);
        var first = new TaskCompletionSource<RasterImage>(TaskCreationOptions.RunContinuationsAsynchronously);
        var drawn = 0;

        var one = recognition.ReadAsync(_ => first.Task, CancellationToken.None);
        var other = recognition.ReadAsync(
            _ =>
            {
                drawn++;
                return Task.FromResult(new RasterImage(32, 32));
            },
            CancellationToken.None);

        drawn.ShouldBe(0);
        first.SetResult(new RasterImage(32, 32));
        await one;
        await other;
        drawn.ShouldBe(1);
    }

    [Fact]
    public async Task ReadAsync_WaitingAndCancelled_LeavesTheTurnToOthers()
    {
        using var recognition = new TextRecognition(OcrModels.Locate(""), new OcrOptions { PagesAtOnce = 1 }, TimeProvider.System);
        var first = new TaskCompletionSource<RasterImage>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancel = new CancellationTokenSource();
        var one = recognition.ReadAsync(_ => first.Task, CancellationToken.None);
        var other = recognition.ReadAsync(static _ => Task.FromResult(new RasterImage(32, 32)), cancel.Token);

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => other);
        first.SetResult(new RasterImage(32, 32));
        (await one).Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Networks_Unused_AreReleasedAndLoadedAgain()
    {
        var time = new FakeTimeProvider();
        using var recognition = new TextRecognition(OcrModels.Locate(""), new OcrOptions(), time);
        recognition.IsLoaded.ShouldBeFalse();

        await recognition.ReadAsync(static _ => Task.FromResult(new RasterImage(32, 32)), CancellationToken.None);
        recognition.IsLoaded.ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(31));
        recognition.IsLoaded.ShouldBeFalse();
        await recognition.ReadAsync(static _ => Task.FromResult(new RasterImage(32, 32)), CancellationToken.None);

        recognition.IsLoaded.ShouldBeTrue();
    }
}
