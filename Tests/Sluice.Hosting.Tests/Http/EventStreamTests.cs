using System.Net;
using System.Text.Json;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Http;

public sealed class EventStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Events_BeginWithAllThereIs_ThenAnOverviewASecond_AndChangesAsTheyHappen()
    {
        await using var server = await TestServer.StartAsync();
        using var reader = await OpenAsync(server);
        var first = await ReadAsync(reader, 3);
        first.Select(static item => item.Name).ShouldBe(["job", "node", "overview"]);
        server.Room.JobState = "paused";
        var seen = await ReadUntilAsync(reader, static item => item.Name == "job");
        seen[^1].Data.GetProperty("state").GetString().ShouldBe("paused");
        (await ReadUntilAsync(reader, static item => item.Name == "overview"))[^1].Id.ShouldBeGreaterThan(first[^1].Id);
    }

    [Fact]
    public async Task Events_AfterALostConnection_GoOnFromTheLastOneSeen()
    {
        await using var server = await TestServer.StartAsync();
        long last;
        using (var reader = await OpenAsync(server))
        {
            last = (await ReadAsync(reader, 3))[^1].Id;
        }

        server.Room.JobState = "done";
        using var again = await OpenAsync(server, last);
        var missed = await ReadUntilAsync(again, static item => item.Name == "overview");
        missed.Select(static item => item.Name).ShouldBe(["job", "overview"], "the node did not change and is not sent again");
        missed[0].Id.ShouldBeGreaterThan(last);
    }

    [Fact]
    public async Task Events_WithAnIdOfAnotherProcess_BeginAnew()
    {
        await using var server = await TestServer.StartAsync();
        using var reader = await OpenAsync(server, 987_654);
        (await ReadAsync(reader, 3)).Select(static item => item.Name).ShouldBe(["job", "node", "overview"]);
    }

    [Fact]
    public async Task Events_TooManyReaders_AreRefused()
    {
        await using var server = await TestServer.StartAsync(options: new HttpOptions { MaxEventStreams = 1 });
        using var reader = await OpenAsync(server);
        await ReadAsync(reader, 1);
        (await server.SendAsync("GET", "/api/v1/events")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Events_ServerStops_SayThatItIsTheEnd()
    {
        var server = await TestServer.StartAsync();
        using var reader = await OpenAsync(server);
        await ReadAsync(reader, 3);
        var rest = reader.ReadToEndAsync();
        await server.DisposeAsync();
        (await rest.WaitAsync(Patience)).ShouldEndWith("event: end\ndata: {}\n\n");
    }

    private static async Task<StreamReader> OpenAsync(TestServer server, long? last = null)
    {
        var (status, _, answer) = await server.SendAsync("GET", "/api/v1/events", more: request =>
        {
            if (last is { } id)
            {
                request.Headers.TryAddWithoutValidation("Last-Event-ID", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        });
        status.ShouldBe(HttpStatusCode.OK);
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    private static async Task<List<(long Id, string Name, JsonElement Data)>> ReadAsync(StreamReader reader, int count)
    {
        var items = new List<(long Id, string Name, JsonElement Data)>();
        while (items.Count < count)
        {
            items.Add(await NextAsync(reader));
        }

        return items;
    }

    private static async Task<List<(long Id, string Name, JsonElement Data)>> ReadUntilAsync(StreamReader reader, Func<(long Id, string Name, JsonElement Data), bool> last)
    {
        var items = new List<(long Id, string Name, JsonElement Data)>();
        do
        {
            items.Add(await NextAsync(reader));
        }
        while (!last(items[^1]));
        return items;
    }

    private static async Task<(long Id, string Name, JsonElement Data)> NextAsync(StreamReader reader)
    {
        var (id, name, data) = (0L, "", "");
        while (true)
        {
            var line = await reader.ReadLineAsync().WaitAsync(Patience) ?? throw new EndOfStreamException();
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line.Length == 0 && name.Length > 0)
            {
                return (id, name, JsonDocument.Parse(data).RootElement);
            }
        }
    }
}
