using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Sinks.Http;

public sealed class SinkAddressTests
{
    private static readonly SinkAddressShape s_shape = new("Sample", "sample", "sample://host:7000/chunks", 7000, ["replicas", "mode"])
    {
        TakesPassword = true,
        CheckCollection = static name => name.Contains(' ', StringComparison.Ordinal) ? "it holds a space" : null,
    };

    [Fact]
    public void Parse_Everything_IsDecoded()
    {
        var address = SinkAddress.Parse("sample://me%40home:p%3Ass@db.example.org:9000/my%2Fdocs?replicas=2&tls=false&timeout=7&credential-helper=%2Fbin%2Ftrue", s_shape);
        (address.Host, address.Port, address.Collection, address.User, address.Password).ShouldBe(("db.example.org", 9000, "my/docs", "me@home", "p:ss"));
        (address.Tls, address.Timeout, address.CredentialHelper).ShouldBe((false, TimeSpan.FromSeconds(7), "/bin/true"));
        address.Number("replicas", 1, 0, 5).ShouldBe(2);
        address.Choice("mode", "fast", "fast", "safe").ShouldBe("fast");
        address.Name.ShouldBe("sample://db.example.org:9000/my%2Fdocs");
        address.BaseAddress.ShouldBe(new Uri("http://db.example.org:9000/"));
    }

    [Theory]
    [InlineData("sample://db.example.org", true, "https://db.example.org:7000/")]
    [InlineData("sample://localhost/x", false, "http://localhost:7000/")]
    [InlineData("sample://127.0.0.1:80", false, "http://127.0.0.1:80/")]
    [InlineData("sample://[::1]:81", false, "http://[::1]:81/")]
    [InlineData("sample://[::1]:81/?tls=true", true, "https://[::1]:81/")]
    public void Parse_Tls_IsOnForAllButThisMachine(string uri, bool tls, string based)
    {
        var address = SinkAddress.Parse(uri, s_shape);
        address.Tls.ShouldBe(tls);
        address.BaseAddress.ShouldBe(new Uri(based));
    }

    [Theory]
    [InlineData("sample://host/a?replica=2", "'replica' is no parameter of it; did you mean replicas?")]
    [InlineData("sample://host/a?tls=yes", "tls is 'yes'; it may be true, false")]
    [InlineData("sample://host/a?replicas=many", "replicas is 'many'; it is a whole number from 0 to 5")]
    [InlineData("sample://host/a?mode=sage", "mode is 'sage'; it may be fast, safe - did you mean safe?")]
    [InlineData("sample://host/a?tls=true&tls=true", "tls is given twice")]
    [InlineData("sample://host/a?root-certificate=/nowhere/ca.pem", "the file '/nowhere/ca.pem' that root-certificate names is not there")]
    [InlineData("sample://host/a/b", "it names a path")]
    [InlineData("sample://host/a%20b", "the collection name 'a b' is not legal; it holds a space")]
    [InlineData("sample://host/a#b", "write %23")]
    [InlineData("sample:/host/a", "write sample://HOST[:PORT]")]
    [InlineData("sample://", "write sample://HOST[:PORT]")]
    public void Parse_Wrong_SaysWhatAndShowsOne(string uri, string said)
    {
        var exception = Should.Throw<ConfigurationException>(() =>
        {
            var address = SinkAddress.Parse(uri, s_shape);
            address.Number("replicas", 1, 0, 5);
            address.Choice("mode", "fast", "fast", "safe");
        });
        exception.Message.ShouldContain(said);
        exception.Message.ShouldEndWith("Example: sample://host:7000/chunks");
    }

    [Theory]
    [InlineData("sample://host/a?x9$secret=1")]
    [InlineData("sample://me:sec?ret@host/a")]
    public void Parse_UnescapedPassword_IsNotShown(string uri) =>
        Should.Throw<ConfigurationException>(() => SinkAddress.Parse(uri, s_shape)).Message.ShouldNotContain("secret");

    [Fact]
    public void Parse_KeyInTheAddress_IsRefusedWhereItIsNoPassword()
    {
        var message = Should.Throw<ConfigurationException>(() => SinkAddress.Parse("sample://sk-12345@host/a", s_shape with { TakesPassword = false })).Message;
        message.ShouldContain("api-key-file=FILE");
        message.ShouldNotContain("sk-12345");
    }
}
