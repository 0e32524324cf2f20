using System.CommandLine;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;
using Spectre.Console;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice top</c>: a running Sluice in the terminal, live.</summary>
internal sealed class TopVerb : Verb
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private readonly Argument<string?> _address = new("address") { HelpName = "URL", Description = "Where it answers; http://127.0.0.1:7070 without it", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _once = new("--once") { Description = "Shows it once and ends" };

    public TopVerb()
        : base("top", "Shows a running Sluice live: stages, queues, what limits them, nodes. Ctrl-C ends it.")
    {
        Add(_address);
        Add(_once);
    }

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice top", "what `sluice serve` or `ingest --dashboard` on this machine does"),
        ("sluice top http://api.example:7070", "a cluster, from elsewhere; SLUICE_API_READ_TOKEN holds the token"),
    ];

    public override async Task<int> RunAsync(VerbContext context)
    {
        using var client = new ApiClient(context.Line.GetValue(_address), context.Host.Environment);
        if (context.Line.GetValue(_once) || !context.Host.OutIsTerminal)
        {
            await WriteAsync(context, client, context.Stop);
            if (context.Line.GetValue(_once))
            {
                return ExitCodes.Success;
            }

            using var slow = new PeriodicTimer(context.Settings.Get<DisplayOptions>().PlainInterval, context.Host.TimeProvider);
            while (await WaitAsync(slow, context.Stop))
            {
                context.Out.WriteLine();
                await WriteAsync(context, client, context.Stop);
            }

            return ExitCodes.Success;
        }

        await ShowAsync(context, client);
        return ExitCodes.Success;
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false; // Ctrl-C is how it ends.
        }
    }

    private static async Task WriteAsync(VerbContext context, ApiClient client, CancellationToken stop)
    {
        var (overview, nodes) = await client.LookAsync(stop);
        foreach (var line in OverviewText.Lines(overview, nodes, Math.Max(80, context.Host.Width)))
        {
            context.Out.WriteLine(line);
        }

        await context.Out.FlushAsync(stop);
    }

    private static async Task ShowAsync(VerbContext context, ApiClient client)
    {
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(context.Out),
            Ansi = AnsiSupport.Yes,
            ColorSystem = context.Host.UseColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
        });
        console.Profile.Width = context.Host.Width;
        var first = await client.LookAsync(context.Stop);
        using var timer = new PeriodicTimer(s_period, context.Host.TimeProvider);
        await console.Live(Render(context, first)).Overflow(VerticalOverflow.Crop).StartAsync(async display =>
        {
            while (await WaitAsync(timer, context.Stop))
            {
                try
                {
                    display.UpdateTarget(Render(context, await client.LookAsync(context.Stop)));
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        });
    }

    private static Rows Render(VerbContext context, (Http.Contract.Overview Overview, Http.Contract.NodeList Nodes) seen) =>
        new(OverviewText.Lines(seen.Overview, seen.Nodes, context.Host.Width - 1).Select(static line => new Spectre.Console.Text(line)));
}
