using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.TestKit.Conformance;
using Answer = Sluice.Actors.Tests.Sinks.Http.RawHttpServer.Answer;

namespace Sluice.Actors.Tests.Sinks.Http;

public sealed class SinkHttpClientTests : IDisposable
{
    private static readonly SinkAddressShape s_shape = new("Sample", "sample", "sample://host/chunks", 7000, []);
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Send_Body_ArrivesWholeAndAgain()
    {
        await using var server = new RawHttpServer(static (_, _) => Answer.Of(200, "{\"ok\":true}"));
        using var client = Client(server);
        using var body = new PooledBody(4096);
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartArray();
            for (var i = 0; i < 20_000; i++)
            {
                json.WriteNumberValue(i * 0.5f);
            }

            json.WriteEndArray();
        }

        for (var time = 0; time < 2; time++)
        {
            using var response = await client.SendAsync(new SinkRequest(HttpMethod.Post, "points?wait=true") { Body = body }, CancellationToken.None);
            (response.Status, response.Text()).ShouldBe((200, "{\"ok\":true}"));
        }

        server.Heads[0].ShouldStartWith("POST /points?wait=true HTTP/1.1\r\n");
        server.Bodies[0].ShouldBe(body.ToArray());
        server.Bodies[1].ShouldBe(server.Bodies[0]);
        JsonSerializer.Deserialize<float[]>(server.Bodies[0])!.Length.ShouldBe(20_000);
    }

    [Theory]
    [InlineData(429, typeof(TransientException))]
    [InlineData(503, typeof(TransientException))]
    [InlineData(500, typeof(TransientException))]
    [InlineData(408, typeof(TransientException))]
    [InlineData(413, typeof(RequestTooLargeException))]
    [InlineData(400, typeof(RequestRefusedException))]
    [InlineData(422, typeof(RequestRefusedException))]
    [InlineData(401, typeof(StorageException))]
    [InlineData(402, typeof(StorageException))]
    [InlineData(403, typeof(StorageException))]
    [InlineData(507, typeof(StorageException))]
    [InlineData(302, typeof(StorageException))]
    public async Task Send_Status_MeansWhatItSays(int status, Type type)
    {
        await using var server = new RawHttpServer((_, _) => Answer.Of(status, "{\"message\":\"because\"}", "Location: http://127.0.0.1:9/elsewhere"));
        using var client = Client(server);
        var exception = await Should.ThrowAsync(client.SendAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None), type);
        exception.Message.ShouldStartWith($"Sample at 127.0.0.1:{server.Port} ");
        exception.Message.ShouldContain(status == 302 ? "Sluice does not follow" : "because");
        (exception as TransientException)?.IsThrottling.ShouldBe(status == 429);
    }

    [Fact]
    public async Task Send_AcceptedStatus_IsAnAnswer()
    {
        await using var server = new RawHttpServer(static (_, _) => Answer.Of(404));
        using var client = Client(server);
        (await client.SendOnlyAsync(new SinkRequest(HttpMethod.Get, "x") { Accept = [404] }, CancellationToken.None)).ShouldBe(404);
    }

    [Theory]
    [InlineData("Retry-After: 7", 7)]
    [InlineData("Retry-After: Tue, 01 Jan 2030 00:01:30 GMT", 90)]
    [InlineData("Retry-After: Tue, 01 Jan 2019 00:01:30 GMT", null)]
    [InlineData("Retry-After: soon", null)]
    public async Task Send_RetryAfter_IsReadInBothForms(string header, int? seconds)
    {
        await using var server = new RawHttpServer((_, _) => Answer.Of(429, "", header));
        using var client = Client(server, time: new FrozenTime());
        var exception = await Should.ThrowAsync<TransientException>(client.SendAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None));
        exception.RetryAfter.ShouldBe(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value));
    }

    [Fact]
    public async Task Send_Retry_GoesOnAfterPassingFailuresAndNotAfterOthers()
    {
        var calls = 0;
        await using var server = new RawHttpServer((_, body) => Answer.Of(++calls < 4 ? 503 : 200));
        using var client = Client(server, time: new JumpingDelays());
        (await client.SendOnlyAsync(new SinkRequest(HttpMethod.Get, "x") { Retry = true }, CancellationToken.None)).ShouldBe(200);
        calls.ShouldBe(4);
        calls = -1000;
        await Should.ThrowAsync<TransientException>(client.SendOnlyAsync(new SinkRequest(HttpMethod.Get, "x") { Retry = true }, CancellationToken.None));
        calls.ShouldBe(-995);
    }

    [Fact]
    public async Task Send_ResetInALargeBody_MayBeTooLarge()
    {
        await using var server = new RawHttpServer(static (_, _) => new Answer("") { ResetAfter = 100_000 });
        using var client = Client(server);
        using var body = new PooledBody();
        new Span<byte>(new byte[64]).CopyTo(body.GetSpan(64));
        for (var i = 0; i < 64; i++)
        {
            body.GetSpan(1 << 18)[..(1 << 18)].Fill(32);
            body.Advance(1 << 18);
        }

        var exception = await Should.ThrowAsync<RequestTooLargeException>(client.SendAsync(new SinkRequest(HttpMethod.Post, "x") { Body = body }, CancellationToken.None));
        exception.IsCertain.ShouldBeFalse();
    }

    [Fact]
    public async Task Send_AnswerCutShort_MayPass()
    {
        await using var server = new RawHttpServer(static (_, _) => new Answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":") { Close = true });
        using var client = Client(server);
        (await Should.ThrowAsync<TransientException>(client.SendAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None))).Message.ShouldContain("cut the connection");
        await Should.ThrowAsync<TransientException>(client.ReadAsync<long>(
            new SinkRequest(HttpMethod.Get, "x"),
            static async (_, stream, token) =>
            {
                await stream.CopyToAsync(Stream.Null, token);
                return 0;
            },
            CancellationToken.None));
    }

    [Fact]
    public async Task Send_NobodyThere_MayPass()
    {
        int port;
        await using (var server = new RawHttpServer(static (_, _) => Answer.Of(200)))
        {
            port = server.Port;
        }

        using var client = Client(port, "", TimeProvider.System, new SinkHttpOptions());
        (await Should.ThrowAsync<TransientException>(client.SendAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None))).Message.ShouldContain("cannot be reached");
    }

    [Fact]
    public async Task Send_Silence_EndsWithTheTimeLimit()
    {
        await using var server = new RawHttpServer(static (_, _) => new Answer("") { Silent = true });
        using var client = Client(server);
        var exception = await Should.ThrowAsync<TransientException>(
            client.SendAsync(new SinkRequest(HttpMethod.Get, "x") { Timeout = TimeSpan.FromMilliseconds(200) }, CancellationToken.None));
        exception.Message.ShouldContain("did not answer within 0.2 s");
    }

    [Fact]
    public async Task Send_Cancelled_IsCancellation()
    {
        await using var server = new RawHttpServer(static (_, _) => new Answer("") { Silent = true });
        using var client = Client(server);
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await Should.ThrowAsync<OperationCanceledException>(client.SendAsync(new SinkRequest(HttpMethod.Get, "x"), cancelled.Token));
    }

    [Fact]
    public async Task Send_KeyRefused_IsReadAgainOnceAndNeverShown()
    {
        var file = _folder.File("key");
        await File.WriteAllTextAsync(file, "old-secret-key");
        await using var server = new RawHttpServer((head, _) => head.Contains("new-secret-key", StringComparison.Ordinal) ? Answer.Of(200) : Answer.Of(401, "invalid key old-secret-key"));
        var address = SinkAddress.Parse($"sample://127.0.0.1:{server.Port}/a?api-key-file={file}", s_shape);
        using var secret = new SinkSecret(address, new SinkHttpOptions(), TimeProvider.System, "SLUICE_TEST_NOT_SET");
        using var client = new SinkHttpClient(address, new SinkHttpOptions(), TimeProvider.System, new SinkHttpSettings { Secret = secret });
        var exception = await Should.ThrowAsync<StorageException>(client.SendAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None));
        exception.ToString().ShouldNotContain("old-secret-key");
        exception.Message.ShouldContain($"It is from the file {file}");
        exception.Message.ShouldContain("invalid key ***");

        await File.WriteAllTextAsync(file, "new-secret-key");
        (await client.SendOnlyAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None)).ShouldBe(200);
    }

    [Fact]
    public async Task Send_Tls_TrustsTheNamedAuthorityAlone()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var usable = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
        var file = _folder.File("ca.pem");
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        await using var server = new RawHttpServer(static (_, _) => Answer.Of(200), usable);

        using var trusting = Client(server.Port, $"?tls=true&root-certificate={file}", TimeProvider.System, new SinkHttpOptions());
        (await trusting.SendOnlyAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None)).ShouldBe(200);
        using var other = Client(server.Port, "?tls=true", TimeProvider.System, new SinkHttpOptions());
        (await Should.ThrowAsync<StorageException>(other.SendOnlyAsync(new SinkRequest(HttpMethod.Get, "x"), CancellationToken.None))).Message.ShouldContain("root-certificate=FILE");
    }

    private static SinkHttpClient Client(RawHttpServer server, TimeProvider? time = null) => Client(server.Port, "", time ?? TimeProvider.System, new SinkHttpOptions());

    private static SinkHttpClient Client(int port, string query, TimeProvider time, SinkHttpOptions options) =>
        new(SinkAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"sample://127.0.0.1:{port}/a{query}"), s_shape), options, time, new SinkHttpSettings());

    /// <summary>The beginning of 2030, for dates in answers; timers run as usual.</summary>
    private sealed class FrozenTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }

    /// <summary>Short waits are over at once; time limits run as usual.</summary>
    private sealed class JumpingDelays : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime < TimeSpan.FromSeconds(20) ? TimeSpan.Zero : dueTime, period);
    }
}
