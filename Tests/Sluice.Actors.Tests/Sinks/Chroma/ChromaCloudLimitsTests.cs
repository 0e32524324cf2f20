using System.Text;
using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Chroma;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Chroma;

public sealed class ChromaCloudLimitsTests
{
    private readonly TruncationLog _cut = new();

    [Fact]
    public void Fit_WithinTheLimits_IsTheSameRecord()
    {
        var record = Record("file:///a", "text", 1, static chunk => chunk with { Title = "Title", HeadingPath = ["One"], Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "v" } });
        new ChromaCloudLimits(_cut).Fit(record).ShouldBeSameAs(record);
        ChromaCloudLimits.Refuse(record).ShouldBeNull();
        _cut.Items.ShouldBeEmpty();
    }

    [Fact]
    public void Fit_BeyondTheLimits_IsCutAndCounted()
    {
        var metadata = Enumerable.Range(0, 30).ToDictionary(static i => $"k{i}", static _ => "v", StringComparer.Ordinal);
        metadata["k0"] = new string('€', 3_000);
        metadata[new string('k', 32)] = "v";
        var record = Record("file:///a", "text", 1, chunk => chunk with { Title = new string('t', 5_000), HeadingPath = [new string('h', 4_000), new string('i', 500)], Metadata = metadata });
        var fitting = new ChromaCloudLimits(_cut).Fit(record).Chunk;

        fitting.Title!.Length.ShouldBe(4_096);
        fitting.HeadingPath.ShouldBe([new string('i', 500)]);
        fitting.Metadata!.Count.ShouldBe(20);
        Encoding.UTF8.GetByteCount(fitting.Metadata["k0"]).ShouldBe(4_095, "characters stay whole");
        _cut.Items.Select(static item => (item.What, item.Records)).ShouldBe(
        [
            ("metadata beyond 20 keys a record", 10), ("titles above 4,096 bytes", 1), ("headings above 4,096 bytes", 1), ("metadata values above 4,096 bytes", 1), ("metadata with keys above 31 bytes", 1),
        ]);
    }

    [Fact]
    public void Refuse_LongText_SaysHowLongItMayBe()
    {
        ChromaCloudLimits.Refuse(Record("file:///a", new string('x', 16_384), 1)).ShouldBeNull();
        ChromaCloudLimits.Refuse(Record("file:///a", new string('x', 16_385), 1))!.Message.ShouldContain("16384 bytes");
    }
}
