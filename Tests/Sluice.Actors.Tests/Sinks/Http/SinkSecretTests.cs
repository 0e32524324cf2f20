using System.Text;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks.Http;

public sealed class SinkSecretTests : IDisposable
{
    private static readonly SinkAddressShape s_shape = new("Sample", "sample", "sample://host/chunks", 7000, []) { TakesPassword = true };
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Get_Variable_IsReadAndNamed()
    {
        var name = $"SLUICE_TEST_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(name, " key-from-variable ");
        try
        {
            using var secret = Open("sample://host/a", $"{name}_OTHER", name);
            (await secret.GetAsync(CancellationToken.None)).ShouldBe("key-from-variable");
            secret.Source.ShouldBe($"the variable {name}");
            secret.Forget("key-from-variable").ShouldBeFalse();
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public async Task Get_NoneGiven_IsNullAndTheAdviceSaysHow()
    {
        using var secret = Open("sample://host/a", "SLUICE_TEST_NOT_SET");
        (await secret.GetAsync(CancellationToken.None)).ShouldBeNull();
        secret.Advice.ShouldBe("Set SLUICE_TEST_NOT_SET in the environment, or name a file with api-key-file=FILE or a program with credential-helper=PROGRAM in the address.");
    }

    [Fact]
    public async Task Get_File_IsReadAgainAfterItWasRefused()
    {
        var file = _folder.File("key");
        await File.WriteAllTextAsync(file, "first-key\n");
        using var secret = Open($"sample://host/a?api-key-file={file}");
        (await secret.GetAsync(CancellationToken.None)).ShouldBe("first-key");
        await File.WriteAllTextAsync(file, "second-key\n");
        (await secret.GetAsync(CancellationToken.None)).ShouldBe("first-key");
        secret.Forget("first-key").ShouldBeTrue();
        (await secret.GetAsync(CancellationToken.None)).ShouldBe("second-key");
        secret.Redact("first-key and second-key").ShouldBe("*** and ***");
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("two\nlines", "is no API key")]
    public async Task Get_BadFile_SaysWhich(string content, string said)
    {
        var file = _folder.File("key");
        await File.WriteAllTextAsync(file, content);
        using var secret = Open($"sample://host/a?api-key-file={file}");
        var exception = await Should.ThrowAsync<ConfigurationException>(secret.GetAsync(CancellationToken.None).AsTask());
        exception.Message.ShouldContain(said);
        exception.Message.ShouldContain(file);
    }

    [Fact]
    public async Task Get_Helper_GivesTheLastLineAndIsToldTheSink()
    {
        using var secret = Open($"sample://host/a?credential-helper={Script("echo hello; echo \"key-for $1\"; echo noise >&2")}");
        (await secret.GetAsync(CancellationToken.None)).ShouldBe("key-for sample://host:7000/a");
    }

    [Theory]
    [InlineData("echo secret-key; exit 3", "ended with exit code 3")]
    [InlineData("true", "printed nothing")]
    [InlineData("sleep 60", "took longer than")]
    public async Task Get_HelperThatFails_SaysWhyAndShowsNothing(string script, string said)
    {
        using var secret = Open($"sample://host/a?credential-helper={Script(script)}", new SinkHttpOptions { HelperTimeout = TimeSpan.FromSeconds(1) });
        var exception = await Should.ThrowAsync<ConfigurationException>(secret.GetAsync(CancellationToken.None).AsTask());
        exception.Message.ShouldContain(said);
        exception.Message.ShouldNotContain("secret-key");
    }

    [Fact]
    public async Task Get_HelperThatIsMissing_SaysSo()
    {
        using var secret = Open("sample://host/a?credential-helper=/nowhere/helper");
        (await Should.ThrowAsync<ConfigurationException>(secret.GetAsync(CancellationToken.None).AsTask())).Message.ShouldContain("cannot be started");
    }

    [Fact]
    public async Task Redact_AllForms_AreMasked()
    {
        using var secret = Open("sample://me:p%2Fss%20word@host/a");
        (await secret.GetAsync(CancellationToken.None)).ShouldBe("p/ss word");
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("me:p/ss word"));
        secret.Redact($"p/ss word, p%2Fss%20word, {basic}").ShouldBe("***, ***, ***");
    }

    private string Script(string text)
    {
        var file = _folder.File($"helper-{Guid.NewGuid():N}");
        File.WriteAllText(file, $"#!/bin/sh\n{text}\n");
#pragma warning disable CA1416 // The tests run where /bin/sh is.
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
        return file;
    }

    private static SinkSecret Open(string uri, params string[] variables) => Open(uri, new SinkHttpOptions(), variables);

    private static SinkSecret Open(string uri, SinkHttpOptions options, params string[] variables) => new(SinkAddress.Parse(uri, s_shape), options, TimeProvider.System, variables);
}
