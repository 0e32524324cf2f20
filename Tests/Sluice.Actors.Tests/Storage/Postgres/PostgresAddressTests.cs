using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.TestKit.Files;

namespace Sluice.Actors.Tests.Storage.Postgres;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgres://u:p@db.example.org:5433/ledger", "db.example.org:5433/ledger", "u", "public")]
    [InlineData("postgresql://u:p@db.example.org/ledger?schema=sluice_2", "db.example.org:5432/ledger", "u", "sluice_2")]
    [InlineData("postgres://u%40x:p@[::1]/a%20b?", "::1:5432/a b", "u@x", "public")]
    [InlineData("postgres://u:p@h/u%2Fx?schema=s", null, null, null)]
    public void Parse_Legal_GivesPlaceUserAndSchema(string uri, string? display, string? user, string? schema)
    {
        if (display is null)
        {
            Should.Throw<ConfigurationException>(() => PostgresAddress.Parse(uri)).Message.ShouldContain("malformed");
            return;
        }

        var address = PostgresAddress.Parse(uri);
        (address.Display, address.User, address.Schema).ShouldBe((display, user, schema));
    }

    [Fact]
    public void Parse_EscapedPassword_ReachesTheConnection() =>
        Connection("postgres://u:p%40%3A%2F%3F%23%25%20@h/d").Password.ShouldBe("p@:/?#% ");

    [Fact]
    public void Parse_PasswordFile_IsNotKept_SinceItIsReadForEachConnection()
    {
        using var folder = new TemporaryFolder();
        Connection($"postgres://u@h/d?password-file={folder.Write("secret", "from file\r\n")}").Password.ShouldBeNull();
    }

    [Fact]
    public void Parse_Defaults_AreBounded()
    {
        var connection = Connection("postgres://u:p@h/d");
        (connection.MaxPoolSize, connection.Timeout, connection.CommandTimeout).ShouldBe((16, 5, 60));
    }

    [Theory]
    [InlineData("pool", 2, 512)]
    [InlineData("command-timeout", 1, 3600)]
    [InlineData("connect-timeout", 1, 300)]
    public void Parse_Numbers_AreWithinTheirRange(string name, int least, int most)
    {
        Connection($"postgres://u:p@h/d?{name}={least}").ShouldNotBeNull();
        Connection($"postgres://u:p@h/d?{name}={most}").ShouldNotBeNull();
        foreach (var wrong in new[] { $"{least - 1}", $"{most + 1}", "-1", "1.5", "", "many", "99999999999" })
        {
            var message = Should.Throw<ConfigurationException>(() => PostgresAddress.Parse($"postgres://u:hidden@h/d?{name}={wrong}")).Message;
            message.ShouldBe($"{name} of a PostgreSQL address is a whole number from {least} to {most}; it is '{wrong}'.");
        }
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Parse_SslMode_IsKept(string text, SslMode mode) => Connection($"postgres://u:p@h/d?sslmode={text}").SslMode.ShouldBe(mode);

    [Theory]
    [InlineData("postgres:", "malformed")]
    [InlineData("postgres://u:hidden@h:port/d", "malformed")]
    [InlineData("postgres://u:hid/hidden@h/d", "malformed")]
    [InlineData("postgres://u:12/hidden@h/d", "malformed")]
    [InlineData("postgres://u:hid#hidden@h/d", "malformed")]
    [InlineData("postgres://u:12?hidden@h/d", "Something behind the '?' is no parameter")]
    [InlineData("postgres://u:hidden@h/d?shema=x", "'shema' is no parameter of a PostgreSQL address; known: schema, ")]
    [InlineData("postgres://u:hidden@h/d?schema=a&schema=b", "given twice")]
    [InlineData("postgres://u:hidden@h/d?schema=", "not legal")]
    [InlineData("postgres://u:hidden@h/d?schema=A", "not legal")]
    [InlineData("postgres://u:hidden@h/d?schema=a%22;drop", "not legal")]
    [InlineData("postgres://u:hidden@h/d?schema=pg_x", "not legal")]
    [InlineData("postgres://u:hidden@h/d?schema=a234567890123456789012345678901234567890123456789012345678901234", "not legal")]
    [InlineData("postgres://u:hidden@h/d?sslmode=yes", "use disable, allow, prefer, require, verify-ca or verify-full")]
    [InlineData("postgres://u:hidden@h/d?root-certificate=/no/such/file", "'/no/such/file' that root-certificate")]
    [InlineData("postgres://u@h/d?password-file=/no/such/file", "'/no/such/file' that password-file")]
    public void Parse_Illegal_SaysWhyWithoutSecrets(string uri, string why)
    {
        var exception = Should.Throw<ConfigurationException>(() => PostgresAddress.Parse(uri));
        exception.Message.ShouldContain(why);
        exception.ToString().ShouldNotContain("hidden");
    }

    [Fact]
    public void Open_MistypedScheme_ShowsNoSecret() =>
        Should.Throw<ConfigurationException>(() => Sluice.Actors.Ledgers.Ledgers.Open("postgre://u:hidden@h/d", TimeProvider.System)).Message.ShouldNotContain("hidden");

    [Fact]
    public void OpenJobs_NotPostgreSql_SaysWhereJobsAreKept() =>
        Should.Throw<ConfigurationException>(() => Sluice.Actors.Ledgers.JobStores.Open("sqlite:./x.db", TimeProvider.System)).Message.ShouldContain("kept in PostgreSQL");

    private static NpgsqlConnectionStringBuilder Connection(string uri)
    {
        NpgsqlConnectionStringBuilder? seen = null;
        using var source = PostgresAddress.Parse(uri).CreateDataSource(builder => seen = builder);
        return seen!;
    }
}
