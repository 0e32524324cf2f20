using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Failures;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Storage.Sqlite;

public sealed class SqliteAddressTests
{
    [Theory]
    [InlineData("sqlite:/data/x.db", "/data/x.db", "chunks")]
    [InlineData("SQLITE:/data/x.db?collection=notes_2", "/data/x.db", "notes_2")]
    [InlineData("sqlite:///data/x.db", "/data/x.db", "chunks")]
    [InlineData("sqlite:/data/../data/50%20 a.db?", "/data/50%20 a.db", "chunks")]
    public void Parse_Legal_GivesPathAndCollection(string uri, string path, string collection)
    {
        var address = SqliteAddress.Parse(uri);
        (address.Path, address.Collection, address.SynchronousCommit).ShouldBe((path, collection, null));
    }

    [Fact]
    public void Parse_Relative_IsBelowTheWorkingFolder() =>
        SqliteAddress.Parse("sqlite:./sluice.db").Path.ShouldBe(Path.Join(Environment.CurrentDirectory, "sluice.db"));

    [Theory]
    [InlineData("full", true)]
    [InlineData("normal", false)]
    public void Parse_Synchronous_IsRead(string value, bool expected) =>
        SqliteAddress.Parse($"sqlite:/x.db?collection=a&synchronous={value}").SynchronousCommit.ShouldBe(expected);

    [Fact]
    public void Parse_LinkToAFile_NamesTheFile()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("real.db"), "");
        File.CreateSymbolicLink(folder.File("link.db"), folder.File("real.db"));
        SqliteAddress.Parse("sqlite:" + folder.File("link.db")).Path.ShouldBe(folder.File("real.db"));
    }

    [Theory]
    [InlineData("sqlite:", "names no file")]
    [InlineData("sqlite:?collection=a", "names no file")]
    [InlineData("sqlite::memory:", "in memory")]
    [InlineData("sqlite:/x.db?collection=", "not legal")]
    [InlineData("sqlite:/x.db?collection=a__b", "not legal")]
    [InlineData("sqlite:/x.db?collection=a;drop", "not legal")]
    [InlineData("sqlite:/x.db?collection=Ä", "not legal")]
    [InlineData("sqlite:/x.db?collection=sqlite_master", "not legal")]
    [InlineData("sqlite:/x.db?synchronous=off", "full or normal")]
    [InlineData("sqlite:/x.db?colection=a", "no setting 'colection'")]
    [InlineData("postgres://x", "does not begin")]
    public void Parse_Illegal_SaysWhy(string uri, string why)
    {
        var exception = Should.Throw<ConfigurationException>(() => SqliteAddress.Parse(uri));
        exception.Message.ShouldContain(why);
        exception.Message.ShouldContain(SqliteAddress.Example);
    }
}
