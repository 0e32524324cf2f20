using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Progress;

/// <summary>Shows an ingestion while it runs: live on a terminal, as lines elsewhere. On standard error in both cases.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs something, and shows how it stands until it ends.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="ingestion">The ingestion.</param>
    /// <param name="run">Its run, begun.</param>
    /// <returns>When the run has ended and the terminal is as before. Does not throw what the run throws.</returns>
    public static Task ShowAsync(VerbContext context, IIngestion ingestion, Task run) =>
        context.Host.ErrorIsTerminal && !context.IsJson ? LiveDisplay.ShowAsync(context, ingestion, run) : ShowLinesAsync(context, ingestion, run);

    private static async Task ShowLinesAsync(VerbContext context, IIngestion ingestion, Task run)
    {
        var picture = new ProgressPicture(context.Host.TimeProvider);
        using var timer = new PeriodicTimer(context.Settings.Get<DisplayOptions>().PlainInterval, context.Host.TimeProvider);
        string? notice = null;
        while (true)
        {
            var tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
            if (await Task.WhenAny(run, tick) == run)
            {
                return;
            }

            var progress = ingestion.Snapshot();
            context.Note(picture.Totals(progress));
            if (progress.Notice is not null && progress.Notice != notice)
            {
                context.Note(progress.Notice);
            }

            notice = progress.Notice;
        }
    }
}
