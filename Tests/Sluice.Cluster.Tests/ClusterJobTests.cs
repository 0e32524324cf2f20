using System.Numerics.Tensors;
using System.Text.Json;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Cluster.Jobs;
using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Files;
using Sluice.TestKit.Models;

namespace Sluice.Cluster.Tests;

/// <summary>Jobs over nodes in different roles, in one process.</summary>
public sealed class ClusterJobTests
{
    [Fact]
    public async Task Job_OneNodeWithAllRoles_IndexesTheCorpus()
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(40);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);
        var stored = (await cluster.StoredAsync()).Count;
        stored.ShouldBeGreaterThanOrEqualTo(200);
        using var progress = JsonDocument.Parse(record.Progress!);
        progress.RootElement.GetProperty("counts").GetProperty("chunks.stored").GetInt64().ShouldBe(stored, "what was done in the last second is counted too");
    }

    [Fact]
    public async Task Job_EveryRoleOnANodeOfItsOwn_IndexesTheSame()
    {
        await using var alone = new InProcessCluster();
        alone.WriteCorpus(60);
        await alone.StartAsync("coordinate", "parse", "embed", "index");
        await alone.EndAsync(await alone.SubmitAsync());
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(60);
        await cluster.StartAsync("coordinate");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("embed");
        await cluster.StartAsync("index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);
        (await cluster.StoredAsync()).Count.ShouldBe((await alone.StoredAsync()).Count);
        JobProgress.Read(record.Progress).Source.ShouldBe(0);
    }

    [Fact]
    public async Task Job_ModelThatEmbedsImages_PixelsTravelFromWhereTheyAreReadToTheEmbedder()
    {
        await using var cluster = new InProcessCluster();
        using var folder = new TemporaryFolder();
        VisualModels.WriteClip(folder.Combine("clip"));
        await using var model = EmbeddingModel.Open(ModelFolder.Open(folder.Combine("clip")), new EmbeddingOptions { Threads = 1 });
        cluster.Workshop = new TestWorkshop(cluster.Database) { Model = model };
        string[] colours = [.. VisualModels.Colours.Keys];
        for (var number = 0; number < 40; number++)
        {
            var (width, height) = (40 + number, 33);
            File.WriteAllBytes(Path.Combine(cluster.Corpus, $"{number}.bmp"), SampleImages.Bmp(width, height, VisualModels.Pixels(colours[number % 4], width, height)));
        }

        await cluster.StartAsync("coordinate");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("embed");
        await cluster.StartAsync("index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);
        await using var sink = cluster.Workshop.OpenSink();
        ChunkId[] ids = [.. (await cluster.StoredAsync()).Select(static stored => new ChunkId(Guid.Parse(stored[(stored.IndexOf('/', StringComparison.Ordinal) + 1)..])))];
        ids.Length.ShouldBe(40);
        var embeddings = await sink.FetchEmbeddingsAsync(ids, CancellationToken.None);
        foreach (var colour in colours)
        {
            var unit = VisualModels.Colours[colour].Select(static channel => channel / MathF.Sqrt(3)).ToArray();
            embeddings.Values.Count(embedding => TensorPrimitives.Distance(((DenseEmbedding)embedding).Values.Span, unit) < 0.01f).ShouldBe(10, colour);
        }
    }

    [Fact]
    public async Task Job_ModelOfPages_AreFoundByTextWithTheirNumber()
    {
        await using var cluster = new InProcessCluster();
        using var folder = new TemporaryFolder();
        VisualModels.WriteColPali(folder.Combine("colpali"), colours: true);
        await using var model = EmbeddingModel.Open(ModelFolder.Open(folder.Combine("colpali")), new EmbeddingOptions { Threads = 1 });
        cluster.Workshop = new TestWorkshop(cluster.Database) { Model = model };
        string[] colours = [.. VisualModels.Colours.Keys];
        for (var number = 0; number < colours.Length; number++)
        {
            // Each book has one coloured page, which is another one in each.
            var pages = Enumerable.Range(1, colours.Length).Select(page => (page == number + 1 ? colours[number] : null, $"page {page} of book {number}"));
            File.WriteAllBytes(Path.Combine(cluster.Corpus, $"book{number}.pdf"), SampleDocuments.ColouredPdf(pages));
        }

        await cluster.StartAsync("coordinate");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("embed");
        await cluster.StartAsync("index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync(), TimeSpan.FromMinutes(5));
        record.State.ShouldBe(JobState.Done, record.Reason);
        (await cluster.StoredAsync()).Count.ShouldBe(16);
        await using var sink = cluster.Workshop.OpenSink();
        for (var colour = 0; colour < colours.Length; colour++)
        {
            var question = await model.EmbedQueryAsync($"a {colours[colour]} page", CancellationToken.None);
            question.ShouldBeOfType<MultiVectorEmbedding>();
            var hit = (await sink.SearchAsync(new SearchQuery("", question, SearchMode.Vector, 1), CancellationToken.None)).ShouldHaveSingleItem();
            (Path.GetFileName(new Uri(hit.Uri).LocalPath), hit.Place.Page, hit.Text).ShouldBe(($"book{colour}.pdf", (int?)(colour + 1), $"page {colour + 1} of book {colour}"), colours[colour]);
        }
    }
}
