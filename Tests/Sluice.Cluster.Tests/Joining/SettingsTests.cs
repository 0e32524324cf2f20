using Sluice.Cluster.Joining;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Tests.Joining;

public sealed class SettingsTests
{
    [Fact]
    public void Read_UnknownRole_NamesItAndThoseThereAre() =>
        Should.Throw<ConfigurationException>(() => NodeRoles.Read(["parse", "embedd"])).Message.ShouldBe("'embedd' is no role of a node. Roles are: coordinate, parse, embed, index, api.");

    [Fact]
    public void Read_NoRole_SaysThatOneIsNeeded() => Should.Throw<ConfigurationException>(() => NodeRoles.Read([])).Message.ShouldContain("at least one role");

    [Fact]
    public void Read_SpacesAndRepeats_AreTakenOnce() => NodeRoles.Read([" parse", "embed ", "parse"]).ShouldBe(["parse", "embed"]);

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData(":4053")]
    [InlineData("host:70000")]
    [InlineData("host:0")]
    public void ReadHostAndPort_Malformed_ShowsHowItIsWritten(string text) =>
        Should.Throw<ConfigurationException>(() => SeedFinder.ReadHostAndPort(text, "--seed")).Message.ShouldBe($"--seed {text} is not host:port, for example 10.0.0.5:4053.");

    [Fact]
    public void ReadHostAndPort_Version6_TakesTheBracketsOff() => SeedFinder.ReadHostAndPort("[::1]:99", "--seed").ShouldBe(("::1", 99));

    [Fact]
    public void ReadTls_KeyWithoutCertificate_SaysSo() =>
        Should.Throw<ConfigurationException>(() => TlsSetup.Read(new TlsOptions { Key = "k.pem" })).Message.ShouldContain("no certificate");

    [Fact]
    public void ReadTls_FilesThatAreNotThere_AreNamed() =>
        Should.Throw<ConfigurationException>(() => TlsSetup.Read(new TlsOptions { Certificate = "/nowhere/c.pem", Key = "/nowhere/k.pem" })).Message.ShouldContain("/nowhere/c.pem");

    [Fact]
    public void ReadTls_Nothing_IsOff() => TlsSetup.Read(new TlsOptions()).ShouldBeNull();
}
