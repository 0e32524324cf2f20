using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Spectre.Console;
using Spectre.Console.Rendering;
using Line = Spectre.Console.Text;

namespace Sluice.Hosting.Cli.Progress;

/// <summary>The live picture on a terminal: a line a stage, and the totals.</summary>
internal static class LiveDisplay
{
    private const int BarWidth = 16;

    /// <summary>Shows it until the run has ended; then the picture is taken away and the cursor is back.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="ingestion">The ingestion.</param>
    /// <param name="run">Its run.</param>
    /// <returns>When the terminal is as before.</returns>
    public static async Task ShowAsync(VerbContext context, IIngestion ingestion, Task run)
    {
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(context.Host.Error),
            Ansi = AnsiSupport.Yes,
            ColorSystem = context.Host.UseColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
        });
        console.Profile.Width = context.Host.Width;
        var picture = new ProgressPicture(context.Host.TimeProvider);
        var options = context.Settings.Get<DisplayOptions>();
        using var timer = new PeriodicTimer(options.Refresh, context.Host.TimeProvider);
        var live = console.Live(Render(context, picture, ingestion.Snapshot())).AutoClear(true).Overflow(VerticalOverflow.Crop);
        context.RedirectNotes(console.WriteLine);
        try
        {
            await live.StartAsync(async display =>
            {
                while (await Task.WhenAny(run, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()) != run)
                {
                    display.UpdateTarget(Render(context, picture, ingestion.Snapshot()));
                }
            });
        }
        finally
        {
            context.RedirectNotes(null);
        }
    }

    private static Rows Render(VerbContext context, ProgressPicture picture, IngestionProgress progress)
    {
        var table = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap().RightAligned())
            .AddColumn(new GridColumn().NoWrap().RightAligned()).AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap());
        foreach (var stage in progress.Stages)
        {
            table.AddRow(
                new Line(stage.Name, new(decoration: Decoration.Bold)),
                new Line($"{ProgressPicture.Number(stage.Items)} {stage.Unit}"),
                new Line($"{ProgressPicture.Number(picture.RateOf(stage))}/s"),
                new Line(Bar(stage), new(Color.Teal)),
                new Line(Fill(stage)));
        }

        var lines = new List<IRenderable> { table, new Line(TextLayout.Cut(picture.Totals(progress), context.Host.Width - 1)) };
        if (context.Stop.IsCancellationRequested)
        {
            lines.Add(new Line("stopping cleanly… (Ctrl-C once more ends at once)", new(Color.Yellow)));
        }
        else if (progress.Notice is not null)
        {
            lines.Add(new Line(TextLayout.Cut(TextLayout.OneLine(progress.Notice), context.Host.Width - 1), new(Color.Yellow)));
        }

        return new(lines);
    }

    private static string Fill(StageProgress stage) => stage switch
    {
        { BufferLimit: <= 0 } => "",
        { BufferUnit: "bytes" } => $"{ByteSize.Humanize(stage.BufferFill)} of {ByteSize.Humanize(stage.BufferLimit)}",
        _ => $"{ProgressPicture.Number(stage.BufferFill)} of {ProgressPicture.Number(stage.BufferLimit)} {stage.BufferUnit}",
    };

    private static string Bar(StageProgress stage)
    {
        if (stage.BufferLimit <= 0)
        {
            return "";
        }

        var filled = (int)Math.Clamp(Math.Round(BarWidth * (double)stage.BufferFill / stage.BufferLimit), 0, BarWidth);
        return $"[{new string('#', filled)}{new string('.', BarWidth - filled)}]";
    }
}
