using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Configuration;

public sealed class DatabaseUrisTests
{
    [Theory]
    [InlineData("sqlite:a.db", "sqlite:/work/a.db")]
    [InlineData("sqlite:./a.db?collection=x", "sqlite:/work/a.db?collection=x")]
    [InlineData("sqlite://a.db", "sqlite:/work/a.db")] // Two slashes begin no path: it must not become /a.db.
    [InlineData("sqlite://sub/a.db", "sqlite:/work/sub/a.db")]
    [InlineData("sqlite:///a.db", "sqlite:/a.db")]
    [InlineData("sqlite:/a.db", "sqlite:/a.db")]
    [InlineData("sqlite:../a.db", "sqlite:/a.db")]
    public void Resolve_SqliteUri_IsAbsolute(string given, string expected) =>
        DatabaseUris.From(new SluiceOptions { Database = given }, "/work").Sink.ShouldBe(expected);
}
