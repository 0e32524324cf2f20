using System.Text.Json;
using Parquet;
using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Files;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Files;

public sealed class FileSinkTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _scratch = new();
    private readonly string _folder;

    public FileSinkTests() => _folder = _scratch.File("out");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Publish_JsonLines_HoldEachRecordOnceAndWhole()
    {
        await using var sink = await FillAsync("jsonl", [.. Records("file:///a", 25), Whole()], 10);
        await PublishAsync(sink);
        var lines = Lines();
        lines.Count.ShouldBe(26);
        lines.Select(static line => line.GetProperty("id").GetGuid()).Distinct().Count().ShouldBe(26);
        Names().ShouldBe(["manifest.json", "part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl"]);

        var whole = lines.Single(static line => line.GetProperty("uri").GetString() == "file:///whole");
        whole.GetProperty("text").GetString().ShouldBe("a \"quoted\" text\nof two lines, with 🦊");
        whole.GetProperty("title").GetString().ShouldBe("Title");
        whole.GetProperty("headings").EnumerateArray().Select(static heading => heading.GetString()).ShouldBe(["One", "Two"]);
        whole.GetProperty("metadata").GetProperty("author").GetString().ShouldBe("Ada");
        whole.GetProperty("place").GetProperty("page").GetInt32().ShouldBe(3);
        whole.GetProperty("embedding").EnumerateArray().Select(static value => value.GetSingle()).ShouldBe(Vector(900));
        var manifest = Manifest.Read(_folder)!;
        (manifest.Records, manifest.Dimension, manifest.Model).ShouldBe((26, Dimension, "sample-model"));
    }

    [Fact]
    public async Task Publish_Parquet_HoldsTheSame()
    {
        await using var sink = await FillAsync("parquet", [.. Records("file:///a", 25), Whole()], 20);
        await PublishAsync(sink);
        Names().ShouldBe(["manifest.json", "part-00000.parquet", "part-00001.parquet"]);
        await using var file = await ParquetReader.CreateAsync(Path.Combine(_folder, "part-00001.parquet"));
        file.CustomMetadata["sluice.model"].ShouldBe("sample-model");
        file.RowGroupCount.ShouldBe(1);
        using var group = file.OpenRowGroupReader(0);
        var fields = file.Schema.GetDataFields();
        var uris = new string?[6];
        await group.ReadAsync(fields.Single(static field => field.Name == "uri"), uris.AsMemory(), null, s_none);
        uris[^1].ShouldBe("file:///whole");
        var (values, levels, starts) = (new float[6 * Dimension], new int[6 * Dimension], new int[6 * Dimension]);
        await group.ReadRawAsync<float>(fields.Single(static field => field.Name == "element"), values, levels, starts, s_none);
        values[^Dimension..].ShouldBe(Vector(900));
        starts.Count(static start => start == 0).ShouldBe(6);
    }

    [Fact]
    public async Task Publish_SomethingChanged_RewritesThatFileAlone()
    {
        var records = Records("file:///a", 30);
        await using var sink = await FillAsync("jsonl", records, 10);
        await PublishAsync(sink);
        var stamps = Names().ToDictionary(static name => name, name => File.GetLastWriteTimeUtc(Path.Combine(_folder, name)));
        foreach (var name in stamps.Keys)
        {
            File.SetLastWriteTimeUtc(Path.Combine(_folder, name), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        await sink.DeleteAsync([records[15].Chunk.Id], s_none);
        await PublishAsync(sink);
        Lines().Select(static line => line.GetProperty("id").GetGuid()).ShouldBe(records.Where((_, i) => i != 15).Select(static record => record.Chunk.Id.Value), ignoreOrder: true);
        Names().Where(name => File.GetLastWriteTimeUtc(Path.Combine(_folder, name)).Year != 2020).ShouldBe(["manifest.json", "part-00001.jsonl"]);

        await sink.DeleteDocumentsAsync([records[0].Document], s_none);
        await PublishAsync(sink);
        Names().ShouldBe(["manifest.json"]);
        Manifest.Read(_folder)!.Records.ShouldBe(0);
    }

    [Fact]
    public async Task Publish_AfterACrashBetweenWritingAndPublishing_LosesAndDoublesNothing()
    {
        var records = Records("file:///a", 40);
        await using (var sink = await FillAsync("jsonl", records[..20], 10))
        {
            await PublishAsync(sink);
            (await sink.UpsertAsync(records[10..], s_none)).ShouldBeEmpty();
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, ".part-00001.jsonl.tmp"), "{\"half\":");
        Lines().Count.ShouldBe(20, "what was published before is whole");
        await using var again = VectorSinks.Open($"jsonl:{_folder}?rows=10", new SinkOptions(), TimeProvider.System);
        await again.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        await PublishAsync(again);
        Lines().Select(static line => line.GetProperty("id").GetGuid()).ShouldBe(records.Select(static record => record.Chunk.Id.Value), ignoreOrder: true);
        Directory.GetFiles(_folder, ".*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task Publish_Cancelled_LeavesWholeFilesAndIsDoneLater()
    {
        await using var sink = await FillAsync("jsonl", Records("file:///a", 30), 10);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(((IPublishing)sink).PublishAsync(cancelled.Token));
        Manifest.Read(_folder).ShouldBeNull();
        await PublishAsync(sink);
        Lines().Count.ShouldBe(30);
    }

    [Theory]
    [InlineData("jsonl:", "it names no folder")]
    [InlineData("jsonl:out?row=3", "it has no setting 'row'; there is rows")]
    [InlineData("parquet:out?rows=0", "rows is '0'")]
    public void Open_WrongAddress_SaysWhatIsLegal(string uri, string said)
    {
        var message = Should.Throw<ConfigurationException>(() => VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System)).Message;
        message.ShouldContain(said);
        message.ShouldContain("Example: ");
    }

    private static VectorRecord Whole() => Record("file:///whole", "a \"quoted\" text\nof two lines, with 🦊", 900, static chunk => chunk with
    {
        Title = "Title",
        HeadingPath = ["One", "Two"],
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada" },
        Place = new Place(1, 9) { Page = 3 },
    });

    private static Task PublishAsync(IVectorSink sink) => ((IPublishing)sink).PublishAsync(s_none);

    private async Task<IVectorSink> FillAsync(string format, IReadOnlyList<VectorRecord> records, int rows)
    {
        var sink = VectorSinks.Open($"{format}:{_folder}?rows={rows}", new SinkOptions(), TimeProvider.System);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        (await sink.UpsertAsync(records, s_none)).ShouldBeEmpty();
        return sink;
    }

    private List<string> Names() => [.. Directory.EnumerateFiles(_folder).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private List<JsonElement> Lines() =>
        [.. Directory.EnumerateFiles(_folder, "part-*.jsonl").SelectMany(File.ReadLines).Select(static line => JsonDocument.Parse(line).RootElement)];
}
