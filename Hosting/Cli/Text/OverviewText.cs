using System.Globalization;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Cli.Text;

/// <summary>The overview of the API in a terminal: what the page shows, in some fifteen lines.</summary>
internal static class OverviewText
{
    private const int BarWidth = 16;

    /// <summary>Writes it.</summary>
    /// <param name="overview">The overview.</param>
    /// <param name="nodes">The nodes; shown in a cluster.</param>
    /// <param name="width">Characters in a line.</param>
    /// <returns>The lines.</returns>
    public static IReadOnlyList<string> Lines(Overview overview, NodeList nodes, int width)
    {
        var documents = overview.Documents;
        var lines = new List<string>
        {
            overview.Job is { } job ? $"job {job.Id} '{TextLayout.OneLine(job.Name)}': {overview.State}{(job.Reason is { } reason ? $" ({TextLayout.OneLine(reason)})" : "")}" : $"{overview.Mode}: {overview.State}",
            "",
            $"{"",-10} {"items",12} {"rate",10} {"works",7} {"waits: work",12} {"room",6} {"p95",9}  queue before it",
        };
        for (var index = 0; index < overview.Pipeline.Stages.Count; index++)
        {
            var stage = overview.Pipeline.Stages[index];
            var mark = stage.Name == overview.Pipeline.Limit.Stage ? "*" : " ";
            var queue = index == 0 ? "" : Queue(overview.Pipeline.Links[index - 1]);
            lines.Add($"{mark}{stage.Title,-9} {Number(stage.Items),12} {Number(stage.Rate) + "/s",10} {Percent(stage.BusyShare),7} {Percent(stage.InputWaitShare),12} {Percent(stage.OutputWaitShare),6} {(stage.Latency is { } latency ? Seconds(latency.P95) : ""),9}  {queue}");
        }

        lines.Add("");
        lines.Add(overview.Pipeline.Limit.Sentence);
        lines.Add($"{Number(documents.Discovered)}{(documents.ListingComplete ? "" : "+")} discovered = {Number(documents.Indexed)} indexed + {Number(documents.Unchanged)} unchanged + {Number(documents.Skipped)} skipped + {Number(documents.Dead)} dead + {Number(documents.Pending)} pending");
        lines.Add($"{Number(overview.Throughput.TokensPerSecond)} tokens/s, {Number(overview.Throughput.ChunksPerSecond)} chunks/s, padding {Percent(overview.Padding.Waste)}; memory {ByteSize.Humanize(overview.Process.ResidentBytes)} of {ByteSize.Humanize(overview.Process.LimitBytes)}, processor {Percent(overview.Process.CpuShare)}");
        lines.Add(overview.Estimate.SecondsLeft is { } left ? $"about {DurationText.Humanize(TimeSpan.FromSeconds(left))} left: {overview.Estimate.Basis}" : $"no estimate: {overview.Estimate.Basis}");
        if (overview.DeadLetters is > 0 and var letters)
        {
            lines.Add($"{Number(letters)} dead letters");
        }

        lines.AddRange(overview.Gpus.Select(static gpu => $"GPU {gpu.Index} {gpu.Name}: {Percent(gpu.Utilization)}, {ByteSize.Humanize(gpu.MemoryUsedBytes)} of {ByteSize.Humanize(gpu.MemoryTotalBytes)}"));
        if (overview.Mode == "cluster")
        {
            lines.Add("");
            lines.AddRange(nodes.Items.Select(static node =>
                $"{node.Id,-22} {node.State,-11} {string.Join(',', node.Roles),-32} {ByteSize.Humanize(node.MemoryBytes),9} {Number(node.ChunksEmbeddedPerSecond),8} chunks/s embedded, {Number(node.VectorsStoredPerSecond)} stored"));
        }

        lines.AddRange(overview.Notices.Select(static notice => "! " + TextLayout.OneLine(notice)));
        return [.. lines.Select(line => TextLayout.Cut(line, width))];
    }

    private static string Queue(LinkView link) => link.FillShare is { } share
        ? $"[{new string('#', Filled(share))}{new string('.', BarWidth - Filled(share))}] {Percent(share)}"
        : $"{Number(link.Fill)} {link.Unit}";

    private static int Filled(double share) => (int)Math.Clamp(Math.Round(share * BarWidth), 0, BarWidth);

    private static string Number(double value) => value.ToString(value is > 0 and < 10 && value != Math.Floor(value) ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");

    private static string Seconds(double value) => value < 1 ? string.Create(CultureInfo.InvariantCulture, $"{value * 1000:0.#} ms") : string.Create(CultureInfo.InvariantCulture, $"{value:0.#} s");
}
