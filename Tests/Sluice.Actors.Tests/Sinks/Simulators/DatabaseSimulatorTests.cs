using System.Text.Json.Nodes;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators;

namespace Sluice.Actors.Tests.Sinks.Simulators;

public sealed class DatabaseSimulatorTests : IAsyncLifetime
{
    private readonly CountingSimulator _simulator = new();
    private readonly HttpClient _http = new();

    public async Task InitializeAsync() => await _simulator.StartAsync();

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Next_TwoFaults_ThenAllIsWell()
    {
        _simulator.Faults.Next(static request => request.Is("POST", "/things/*"), Fault.TooMany(7), Fault.Unavailable());
        using var limited = await PostAsync("/things/1");
        ((int)limited.StatusCode, limited.Headers.RetryAfter!.Delta).ShouldBe((429, TimeSpan.FromSeconds(7)));
        using var away = await PostAsync("/things/1");
        ((int)away.StatusCode).ShouldBe(503);
        _simulator.Handled.ShouldBe(0);
        using var fine = await PostAsync("/things/1");
        ((int)fine.StatusCode).ShouldBe(200);
        _simulator.Handled.ShouldBe(1);
        _simulator.Requests.Of("POST", "/things/*").Select(static entry => (entry.Status, entry.Fault))
            .ShouldBe([(429, "answer 429"), (503, "answer 503"), (200, null)]);
    }

    [Fact]
    public async Task ResetInAnswer_WasDone_ButTheClientCannotRead()
    {
        _simulator.Faults.Next(static request => request.Is("POST", "/**"), Fault.ResetInAnswer());
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync("/things/1"));
        _simulator.Handled.ShouldBe(1);
    }

    [Fact]
    public async Task Reset_WasNotDone()
    {
        _simulator.Faults.Next(static request => request.Is("POST", "/**"), Fault.Reset());
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync("/things/1"));
        _simulator.Handled.ShouldBe(0);
    }

    [Fact]
    public async Task Held_AnswersOnceReleased()
    {
        var release = new TaskCompletionSource();
        _simulator.Faults.Next(static request => request.Is("POST", "/**"), Fault.Held(release.Task));
        var answer = PostAsync("/things/1");
        await _simulator.Requests.ReachedAsync(static entry => entry.Fault == "held", 1);
        answer.IsCompleted.ShouldBeFalse();
        release.SetResult();
        using var response = await answer;
        ((int)response.StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task Silent_EndsWithTheClient()
    {
        _simulator.Faults.Next(static request => request.Is("POST", "/**"), Fault.Silent());
        using var giveUp = new CancellationTokenSource();
        var answer = _http.PostAsync(new Uri(_simulator.Address + "/things/1"), null, giveUp.Token);
        await _simulator.Requests.ReachedAsync(static entry => entry.Fault == "silent", 1);
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task DisposeAsync_HandlerFailed_Throws()
    {
        var broken = new CountingSimulator { Breaks = true };
        await broken.StartAsync();
        await Should.ThrowAsync<HttpRequestException>(() => _http.PostAsync(new Uri(broken.Address + "/things/1"), null));
        (await Should.ThrowAsync<SimulatorException>(async () => await broken.DisposeAsync())).Failures.Single().Message.ShouldBe("broken");
    }

    [Fact]
    public async Task Is_EscapedSegments_MatchUnescaped()
    {
        using var response = await PostAsync("/a%2Fb/c?x=1%202");
        var request = _simulator.Requests.All.Single().Request;
        (request.Is("*", "/*/c"), request.Is("POST", "/a/b/c"), request.Segments[0], request.Parameter("x")).ShouldBe((true, false, "a/b", "1 2"));
    }

    [Fact]
    public async Task NodeClient_AllOfficialClients_LoadAndErrorsComeBack()
    {
        await using var node = await NodeClient.StartAsync("versions");
        var versions = await node.CallAsync("versions");
        versions.EnumerateObject().Count().ShouldBe(9);
        (await Should.ThrowAsync<NodeClientException>(() => node.CallAsync("fail"))).Message.ShouldContain("on purpose");
        (await node.CallAsync("versions")).GetRawText().ShouldBe(versions.GetRawText());
    }

    private Task<HttpResponseMessage> PostAsync(string path) => _http.PostAsync(new Uri(_simulator.Address + path), new StringContent("{}"));

    private sealed class CountingSimulator() : DatabaseSimulator(null)
    {
        private int _handled;

        public int Handled => _handled;

        public bool Breaks { get; init; }

        protected override Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _handled);
            return Breaks
                ? throw new InvalidOperationException("broken")
                : Task.FromResult(SimulatorAnswer.Json(200, new JsonObject { ["text"] = new string('x', 1000) }));
        }
    }
}
