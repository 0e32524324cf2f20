using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Cluster;
using Sluice.Cluster.Jobs;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Logging;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.ClusterRuns;

/// <summary>
/// A node like that of <c>sluice node</c>, with a model that does no arithmetic: each batch takes a fixed time and each text's vector follows from its tokens. Faults
/// and scaling are so seen apart from the model's own speed.
/// </summary>
internal static class NodeCommand
{
    /// <summary>Runs a node until it is told to stop: <c>node FOLDER LATENCY-MS SETTING...</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var latency = TimeSpan.FromMilliseconds(int.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture));
        var rows = int.Parse(arguments[2], System.Globalization.CultureInfo.InvariantCulture);
        var sources = new ConfigurationSources
        {
            DefaultsFile = Path.Combine(AppContext.BaseDirectory, ConfigurationSources.FileName),
            WorkingDirectory = arguments[0],
            Overrides = [.. arguments.Skip(3).Select(static setting => Setting(setting))],
        };
        var settings = ConfigurationLoader.Load(sources);
        using var stop = new CancellationTokenSource();
        using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        using var loggers = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(LogLevel.Information)
            .AddProvider(new LineLoggerProvider(Console.Error.WriteLine, LogLevel.Information, withTraces: true, TimeProvider.System)));
        try
        {
            await using var node = await NodeComposition.StartAsync(
                sources,
                settings,
                settings.Get<SluiceOptions>().Ledger,
                Path.Combine(arguments[0], "cache"),
                loggers,
                TimeProvider.System,
                workshop => new LatencyWorkshop(workshop, latency, rows, arguments[0]),
                stop.Token);
            Console.WriteLine($"http: {node.HttpAddress}");
            Console.WriteLine($"ready: {node.Node.Address}");
            var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
            await Task.WhenAny(node.Node.Ended, stopped);
            if (stop.IsCancellationRequested)
            {
                await node.Node.LeaveAsync();
                return 0;
            }

            if (node.Node.WasDrained)
            {
                return 0;
            }

            await Console.Error.WriteLineAsync(node.Node.WasDowned ? "downed" : "left");
            return 1;
        }
        catch (Streams.Failures.SluiceException exception)
        {
            await Console.Error.WriteLineAsync($"sluice: {exception.Message}");
            return 2;
        }
    }

    private static CommandLineSetting Setting(string setting)
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        return new CommandLineSetting(setting[..equals], setting[(equals + 1)..], setting);
    }

    private sealed class LatencyWorkshop(IJobWorkshop inner, TimeSpan latency, int rows, string folder) : IJobWorkshop
    {
        public IJobParts Open(JobTicket ticket) => new LatencyParts(inner.Open(ticket), latency, rows, folder);

        public string? FindModel(string name, string fingerprint) => inner.FindModel(name, fingerprint);

        public string PlaceForModel(string name, string fingerprint) => inner.PlaceForModel(name, fingerprint);
    }

    private sealed class LatencyParts(IJobParts inner, TimeSpan latency, int rows, string folder) : IJobParts
    {
        public Actors.Core.PipelineOptions Options => inner.Options;

        public int EmbedSessions => inner.EmbedSessions;

        public PruneMode Prune => inner.Prune;

        public string ModelName => "latency";

        public IVectorSink Sink => inner.Sink;

        public IDocumentSource OpenSource(int index) => inner.OpenSource(index);

        public Task<JobModel> OpenModelAsync(CancellationToken cancellationToken) => Task.FromResult(LatencyModel.Create(latency, rows, folder));

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
