using System.Text.Json;
using Sluice.Hosting.Cli;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Tests.Cli;

public sealed class DeadVerbTests : IDisposable
{
    private readonly CliRun _cli = new();
    private readonly TestLedger _ledger = new()
    {
        Letters = [Letter(1, "file:///docs/a.pdf", "encrypted"), Letter(4, "file:///docs/b.zip", "bomb")],
        Scopes = [Scope("file:///docs/"), Scope("file:///other/")],
    };

    public DeadVerbTests()
    {
        _cli.Folder.Write("sluice.db", "");
        _cli.Rooms = new TestRooms { Sink = () => new TestSink(), Ledger = () => _ledger };
    }

    public void Dispose() => _cli.Dispose();

    private static DeadLetter Letter(long id, string uri, string reason) =>
        new(id, DocumentId.FromUri(uri), uri, null, null, reason, $"It is {reason}; do something.", 1, DateTimeOffset.UnixEpoch);

    private static ScopeSummary Scope(string uri) => new(SourceScope.Parse(uri), "c", new Dictionary<DocumentState, long> { [DocumentState.Dead] = 2 }, 0, DateTimeOffset.UnixEpoch, true);

    [Fact]
    public async Task List_Letters_ShowsNumberReasonPlaceAndWords()
    {
        (await _cli.RunAsync("dead", "list")).ShouldBe(ExitCodes.Success);

        _cli.Out.ShouldBe("     1  encrypted         /docs/a.pdf\n                          It is encrypted; do something.\n     4  bomb              /docs/b.zip\n                          It is bomb; do something.\n");
        _cli.Error.ShouldStartWith("2 dead letters; ");
    }

    [Fact]
    public async Task List_JsonWithReason_IsAnArrayOfThose()
    {
        (await _cli.RunAsync("dead", "list", "--json", "--reason", "bomb")).ShouldBe(ExitCodes.Success);
        JsonDocument.Parse(_cli.Out).RootElement.EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetInt64().ShouldBe(4);
    }

    [Fact]
    public async Task Show_UnknownNumber_IsRefused()
    {
        (await _cli.RunAsync("dead", "show", "3")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldBe("sluice: There is no dead letter 3; `sluice dead list` shows them.\n");

        (await _cli.RunAsync("dead", "show", "4")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldContain("reason    bomb\n");
    }

    [Fact]
    public async Task Replay_All_HoldsTheLedgerAndSaysWhatToRun()
    {
        (await _cli.RunAsync("dead", "replay", "--all")).ShouldBe(ExitCodes.Success);

        _cli.Out.ShouldBe("2 documents will be tried again by the next run over them:\n  sluice ingest /docs/\n");
        _ledger.Calls.ShouldBe(["initialize", "acquire", "replay all", "release"]);
    }

    [Fact]
    public async Task Replay_InAnotherDatabase_NamesItInTheCommand()
    {
        _cli.Folder.Write("my files.db", "");
        _cli.Folder.Write("ledger.db", "");
        (await _cli.RunAsync("dead", "replay", "4", "--from", "sqlite:my files.db", "--ledger", "sqlite:ledger.db")).ShouldBe(ExitCodes.Success);

        _cli.Out.ShouldBe("1 document will be tried again by the next run over it:\n  sluice ingest /docs/ --to 'sqlite:my files.db' --ledger sqlite:ledger.db\n");
    }

    [Fact]
    public async Task Drop_Numbers_DropsThose()
    {
        (await _cli.RunAsync("dead", "drop", "4", "1")).ShouldBe(ExitCodes.Success);

        _cli.Out.ShouldBe("dropped 2 dead letters\n");
        _ledger.Calls.ShouldContain("drop 4,1");
    }

    [Fact]
    public async Task Status_Json_HasSourcesWithStates()
    {
        (await _cli.RunAsync("status", "--json")).ShouldBe(ExitCodes.Success);

        var sources = JsonDocument.Parse(_cli.Out).RootElement.GetProperty("sources");
        sources[0].GetProperty("documents").GetProperty("dead").GetInt64().ShouldBe(2);

        (await _cli.RunAsync("status")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldContain("  documents  dead 2\n");
        _cli.Out.ShouldContain("Dead letters: `sluice dead list`.");
    }
}
