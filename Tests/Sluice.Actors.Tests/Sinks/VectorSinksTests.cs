using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks;

public sealed class VectorSinksTests
{
    [Theory]
    [InlineData("oracle://user:secret@host/db")]
    [InlineData("chunks.db")]
    public void Open_UnknownScheme_ListsTheKnownAndRepeatsNoSecret(string uri)
    {
        var exception = Should.Throw<ConfigurationException>(() => VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System));
        exception.Message.ShouldContain("sqlite:");
        exception.Message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Open_Sqlite_IsNamedByFileAndCollection()
    {
        using var folder = new ScratchFolder();
        await using var sink = VectorSinks.Open($"sqlite:{folder.Path}/./a.db", new SinkOptions(), TimeProvider.System);
        sink.Name.ShouldBe($"sqlite:{folder.File("a.db")}?collection=chunks");
    }
}
