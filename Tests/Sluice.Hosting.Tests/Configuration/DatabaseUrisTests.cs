using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Configuration;

public sealed class DatabaseUrisTests
{
    [Theory]
    [InlineData("sqlite:a.db", "sqlite:/data/here/a.db")]
    [InlineData("sqlite:./a.db?collection=x", "sqlite:/data/here/a.db?collection=x")]
    [InlineData("sqlite://a.db", "sqlite:/data/here/a.db")] // Two slashes begin no path: it must not become /a.db.
    [InlineData("sqlite://sub/a.db", "sqlite:/data/here/sub/a.db")]
    [InlineData("sqlite:///a.db", "sqlite:/a.db")]
    [InlineData("sqlite:/a.db", "sqlite:/a.db")]
    [InlineData("sqlite:../a.db", "sqlite:/data/a.db")]
    public void Resolve_SqliteUri_IsAbsolute(string given, string expected) =>
        DatabaseUris.From(new SluiceOptions { Database = given }, "/data/here").Sink.ShouldBe(expected);
}
