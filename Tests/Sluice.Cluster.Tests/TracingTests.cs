using System.Collections.Concurrent;
using System.Diagnostics;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Cluster.Tests;

/// <summary>A document's trace, over nodes: every stage hangs below the reading of the document.</summary>
public sealed class TracingTests
{
    private const int Documents = 1_000;

    [Fact]
    public async Task Traces_OfAThousandDocumentsOverTwoNodes_EachHaveAllTheirStages_NoneIsOrphaned()
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(Documents);
        var mine = Directory.EnumerateFiles(cluster.Corpus).Select(static path => Streams.Documents.DocumentId.FromUri(new Uri(path).AbsoluteUri).ToString()).ToHashSet(StringComparer.Ordinal);
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == PipelineTracing.SourceName,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await cluster.StartAsync("coordinate", "parse");
        await cluster.StartAsync("embed", "index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);

        // Other tests of this process may trace at the same time: only what belongs to this corpus counts.
        var roots = spans.Where(span => span.OperationName == "parse" && mine.Contains((string)span.GetTagItem("sluice.document.id")!)).ToList();
        roots.Count.ShouldBe(Documents);
        roots.ShouldAllBe(static span => span.ParentSpanId == default);
        var traces = spans.ToLookup(static span => span.TraceId);
        foreach (var root in roots)
        {
            var trace = traces[root.TraceId].ToList();
            var groups = (int)root.GetTagItem("sluice.groups")!;
            groups.ShouldBeGreaterThan(0);
            trace.Count(static span => span.OperationName == "embed").ShouldBe(groups);
            trace.Count(static span => span.OperationName == "index").ShouldBe(groups);
            var ids = trace.Select(static span => span.SpanId).ToHashSet();
            trace.Where(span => span != root).ShouldAllBe(span => ids.Contains(span.ParentSpanId));
            trace.Where(static span => span.OperationName == "index").ShouldAllBe(span => trace.Exists(parent => parent.SpanId == span.ParentSpanId && parent.OperationName == "embed"));
        }

        var batch = spans.Where(static span => span.OperationName == "embed batch" && span.Links.Any()).ToList();
        batch.ShouldNotBeEmpty();
        var linked = batch.SelectMany(static span => span.Links).Select(static link => link.Context.TraceId).ToHashSet();
        roots.ShouldAllBe(root => linked.Contains(root.TraceId));
    }
}
