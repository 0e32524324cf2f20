using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Ledgers;

public sealed class LedgersTests
{
    [Fact]
    public void Open_UnknownScheme_ListsTheKnown() =>
        Should.Throw<ConfigurationException>(() => Sluice.Actors.Ledgers.Ledgers.Open("mongo://x", TimeProvider.System)).Message.ShouldContain("sqlite:");
}
