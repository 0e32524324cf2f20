using System.Text;
using System.Text.Json.Nodes;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Elastic;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Elastic;

/// <summary>Settings that are changed for a load, and put back however it ends.</summary>
public sealed class ElasticBulkLoadTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task BulkLoad_BeginAndEnd_ChangesSettingsAndPutsThemBack()
    {
        await using var harness = await ElasticHarness.StartAsync();
        var loading = (IBulkLoading)harness.Sink;
        using var client = new HttpClient { BaseAddress = new Uri(harness.Simulator.Address) };
        using var settings = new StringContent("""{"index":{"refresh_interval":"30s","number_of_replicas":2}}""", Encoding.UTF8, "application/json");
        (await client.PutAsync(new Uri("/chunks/_settings", UriKind.Relative), settings)).EnsureSuccessStatusCode();

        await loading.BeginBulkLoadAsync(None);
        await loading.BeginBulkLoadAsync(None);
        (Setting(harness, "refresh_interval"), Setting(harness, "number_of_replicas")).ShouldBe(("-1", "0"));
        Note(harness)!.ToJsonString().ShouldBe("""{"refresh_interval":"30s","number_of_replicas":"2"}""");
        (await harness.Sink.UpsertAsync(Records("file:///a", 10), None)).ShouldBeEmpty();
        (await harness.Sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 5), None)).Count.ShouldBe(5, "a collection stays searchable meanwhile");

        await loading.EndBulkLoadAsync(None);
        await loading.EndBulkLoadAsync(None);
        (Setting(harness, "refresh_interval"), Setting(harness, "number_of_replicas"), Note(harness)).ShouldBe(("30s", "2", null));
    }

    [Fact]
    public async Task BulkLoad_CrashInTheMiddle_IsPutBackByTheNextRun()
    {
        await using var harness = await ElasticHarness.StartAsync();
        await ((IBulkLoading)harness.Sink).BeginBulkLoadAsync(None);
        await harness.Sink.DisposeAsync();
        Setting(harness, "refresh_interval").ShouldBe("-1");

        await using var next = harness.Open();
        await next.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (Setting(harness, "refresh_interval"), Setting(harness, "number_of_replicas"), Note(harness)).ShouldBe((null, "1", null));
    }

    [Fact]
    public async Task BulkLoad_CrashBetweenNoteAndChange_LosesNothing()
    {
        await using var harness = await ElasticHarness.StartAsync();
        harness.Simulator.Faults.Next(10, static request => request.Is("PUT", "/*/_settings"), Fault.Unavailable());
        await Should.ThrowAsync<TransientException>(() => ((IBulkLoading)harness.Sink).BeginBulkLoadAsync(None));
        Note(harness).ShouldNotBeNull();
        harness.Simulator.Faults.Clear();
        await harness.Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (Setting(harness, "number_of_replicas"), Note(harness)).ShouldBe(("1", null));
    }

    [Fact]
    public async Task BulkLoad_Serverless_LeavesReplicasAlone()
    {
        await using var harness = await ElasticHarness.StartAsync(new ElasticEdition(false, new Version(8, 11, 0), IsServerless: true));
        await ((IBulkLoading)harness.Sink).BeginBulkLoadAsync(None);
        Setting(harness, "refresh_interval").ShouldBe("-1");
        await ((IBulkLoading)harness.Sink).EndBulkLoadAsync(None);
        Setting(harness, "refresh_interval").ShouldBeNull();
    }

    [Fact]
    public async Task BulkLoad_OpenSearch_BuildsTheVectorIndexAfterwards()
    {
        await using var harness = await ElasticHarness.StartAsync(ElasticEdition.OpenSearch);
        await ((IBulkLoading)harness.Sink).BeginBulkLoadAsync(None);
        Note(harness)!["knn.advanced.approximate_threshold"].ShouldBeNull();
        Note(harness)!.AsObject().ContainsKey("knn.advanced.approximate_threshold").ShouldBeTrue();
        await ((IBulkLoading)harness.Sink).EndBulkLoadAsync(None);
        Note(harness).ShouldBeNull();
    }

    private static string? Setting(ElasticHarness harness, string name) => harness.Simulator.Setting(ElasticHarness.Index, name);

    private static JsonNode? Note(ElasticHarness harness) => harness.Simulator.Mapping(ElasticHarness.Index)["_meta"]!["sluice"]!["restore"];
}
