using Sluice.Hosting.Cli;

namespace Sluice.Hosting.Tests.Cli;

public sealed class ModelsInspectVerbTests : IDisposable
{
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Inspect_Model_TellsWhatWasUnderstoodAndFromWhichFile()
    {
        _cli.Rooms = new TestRooms { Model = static _ => new TestModel() };
        (await _cli.RunAsync("models", "inspect", "./tiny")).ShouldBe(ExitCodes.Success, _cli.Error);
        _cli.Out.ShouldContain("tokenizer    WordPiece, 10 ids, 2 added to each text (tokenizer.json)");
        _cli.Out.ShouldContain("longest text 16 tokens (config.json)");
        _cli.Out.ShouldContain("output       dense, 2 dimensions");
    }
}
