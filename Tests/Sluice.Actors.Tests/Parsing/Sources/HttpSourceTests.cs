using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Http;

namespace Sluice.Actors.Tests.Parsing.Sources;

public sealed class HttpSourceTests
{
    private static IDocumentSource Source(LoopbackServer server, string path = "page.html", Action<HttpSourceOptions>? change = null, TimeProvider? clock = null)
    {
        var options = new HttpSourceOptions { AllowPrivateAddresses = true };
        change?.Invoke(options);
        return DocumentSources.Create(SourceLocation.ParseAbsolute(server.Address + path), new SourceOptions { Http = options }, clock ?? TimeProvider.System);
    }

    private static async Task<Exception> OpenFailsAsync(IDocumentSource source)
    {
        try
        {
            await source.TextAsync(new ListedDocument(source.Scope.Uri));
        }
        catch (Exception exception)
        {
            return exception;
        }

        throw new InvalidOperationException("opening was to fail");
    }

    [Fact]
    public async Task ListAsync_Page_TellsVersionAndType()
    {
        await using var server = new LoopbackServer(static context =>
        {
            context.Request.UserAgent.ShouldBe("Sluice/0.1");
            context.Response.Headers["ETag"] = "\"v1\"";
            context.Response.Headers["Last-Modified"] = "Tue, 03 Mar 2026 10:20:30 GMT";
            return LoopbackServer.WriteAsync(context, 200, "<p>text", "text/html; charset=utf-8");
        });
        var source = Source(server);

        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        document.ShouldBe(new ListedDocument(
            server.Address + "page.html",
            7,
            new DateTimeOffset(2026, 3, 3, 10, 20, 30, TimeSpan.Zero),
            "\"v1\"",
            "text/html"));
        (await source.TextAsync(document)).ShouldBe("<p>text");
        await using var content = await source.OpenAsync(document, CancellationToken.None);
        content.MediaType.ShouldBe("text/html");
        server.Requests.ShouldBe(["HEAD /page.html", "GET /page.html", "GET /page.html"]);
    }

    [Fact]
    public async Task OpenAsync_Redirects_AreFollowedUnderTheDocumentsOwnUri()
    {
        await using var server = new LoopbackServer(static context =>
        {
            if (context.Request.RawUrl == "/end")
            {
                return LoopbackServer.WriteAsync(context, 200, "arrived");
            }

            context.Response.Headers["Location"] = context.Request.RawUrl == "/page.html" ? "/middle" : "/end";
            return LoopbackServer.WriteAsync(context, 302, "");
        });
        var source = Source(server);

        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        document.Uri.ShouldBe(server.Address + "page.html");
        (await source.TextAsync(document)).ShouldBe("arrived");
    }

    [Fact]
    public async Task OpenAsync_EndlessOrUnsafeRedirects_AreRefused()
    {
        await using var server = new LoopbackServer(static context =>
        {
            context.Response.Headers["Location"] = context.Request.RawUrl == "/file" ? "file:///etc/passwd" : "/again";
            return LoopbackServer.WriteAsync(context, 307, "");
        });

        (await OpenFailsAsync(Source(server, "loop"))).Message.ShouldContain("redirects more than 10 times");
        (await OpenFailsAsync(Source(server, "file"))).Message.ShouldContain("redirects to file://");
    }

    [Theory]
    [InlineData(401, Verdict.Dead, Reasons.Unreadable)]
    [InlineData(403, Verdict.Dead, Reasons.Unreadable)]
    [InlineData(400, Verdict.Dead, Reasons.Unreadable)]
    public async Task OpenAsync_FinalStatus_IsARejection(int status, Verdict verdict, string reason)
    {
        await using var server = new LoopbackServer(context => LoopbackServer.WriteAsync(context, status, "no"));
        var source = Source(server);

        var listed = (await source.DocumentsAsync()).ShouldHaveSingleItem();
        var refused = (await OpenFailsAsync(source)).ShouldBeOfType<DocumentRejectedException>();

        (refused.Rejection.Verdict, refused.Rejection.Reason).ShouldBe((verdict, reason));
        listed.Problem.ShouldBe(refused.Rejection);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task ListAsync_PageThatIsGone_IsNotListed(int status)
    {
        await using var server = new LoopbackServer(context => LoopbackServer.WriteAsync(context, status, "no"));
        var source = Source(server);

        (await source.DocumentsAsync()).ShouldBeEmpty("what that means for one that was indexed, the end of the walk decides");
        server.Requests.ShouldBe(["HEAD /page.html", "GET /page.html"]);
        (await OpenFailsAsync(source)).ShouldBeOfType<DocumentRejectedException>().Rejection.Reason.ShouldBe(Reasons.Vanished);
    }

    [Fact]
    public async Task ListAsync_ServerThatAnswersHeadByOtherRules_IsBelievedAboutGet()
    {
        await using var server = new LoopbackServer(static context => LoopbackServer.WriteAsync(context, context.Request.HttpMethod == "HEAD" ? 404 : 200, "text"));
        var source = Source(server);

        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        document.Problem.ShouldBeNull();
        (await source.TextAsync(document)).ShouldBe("text");
    }

    [Fact]
    public async Task OpenAsync_PageThatChangedSinceHead_IsRecordedAsItWasRead()
    {
        await using var server = new LoopbackServer(static context =>
        {
            var changed = context.Request.HttpMethod == "GET";
            context.Response.Headers["ETag"] = changed ? "\"v2\"" : "\"v1\"";
            return LoopbackServer.WriteAsync(context, 200, changed ? "the second text" : "the first", "text/html");
        });
        var source = Source(server);
        var listed = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        await using var content = await source.OpenAsync(listed, CancellationToken.None);

        (await content.RevisitAsync()).ShouldBe(listed with { Version = "\"v2\"", Length = 15 });
        await using var again = await source.OpenAsync(listed with { Version = "\"v2\"" }, CancellationToken.None);
        (await again.RevisitAsync()).ShouldBe(listed with { Version = "\"v2\"" }, "what HEAD said of the same version stays");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAsync_CompressedBodyThatIsBroken_IsAFailureOfTheConnection(bool cut)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[200_000]);
        }

        var body = packed.ToArray();
        body = cut ? body[..(body.Length / 2)] : [.. body[..20], .. Enumerable.Repeat((byte)0xff, 200)];
        await using var server = new LoopbackServer(async context =>
        {
            context.Response.Headers["Content-Encoding"] = "gzip";
            context.Response.ContentLength64 = body.Length;
            await context.Response.OutputStream.WriteAsync(body);
        });

        (await OpenFailsAsync(Source(server))).ShouldBeOfType<TransientException>();
    }

    [Fact]
    public async Task OpenAsync_RedirectOutOfTheBounds_IsRefusedBeforeAnythingIsAsked()
    {
        await using var other = new LoopbackServer(static context => LoopbackServer.WriteAsync(context, 200, "secret"));
        await using var server = new LoopbackServer(context =>
        {
            context.Response.Headers["Location"] = context.Request.RawUrl switch
            {
                "/docs/out" => other.Address,
                "/docs/up" => "../admin",
                "/docs/hidden" => "/docs/..%2fadmin",
                "/docs/user" => AddressOf(context).Replace("http://", "http://me:pw@", StringComparison.Ordinal),
                _ => "/docs/end",
            };
            return LoopbackServer.WriteAsync(context, context.Request.RawUrl == "/docs/end" ? 200 : 302, "arrived");
        });
        void Bound(HttpSourceOptions options) => options.RedirectRoots = [SourceScope.Prefix(server.Address + "docs/").ToString()];

        (await OpenFailsAsync(Source(server, "docs/out", Bound))).Message.ShouldContain("not among the sources that this job may read");
        (await OpenFailsAsync(Source(server, "docs/up", Bound))).Message.ShouldContain("/admin, which is not among the sources");
        (await OpenFailsAsync(Source(server, "docs/hidden", Bound))).Message.ShouldContain("what Sluice does not read");
        (await OpenFailsAsync(Source(server, "docs/user", Bound))).Message.ShouldContain("what Sluice does not read");
        other.Requests.ShouldBeEmpty();
        var inside = Source(server, "docs/inside", Bound);
        (await inside.TextAsync(new ListedDocument(inside.Scope.Uri))).ShouldBe("arrived");

        static string AddressOf(HttpListenerContext context) => $"http://{context.Request.UserHostName}/docs/end";
    }

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "Thu, 01 Jan 2026 00:00:30 GMT", 30)]
    [InlineData(500, null, null)]
    public async Task OpenAsync_BusyServer_IsTransient(int status, string? retryAfter, int? seconds)
    {
        await using var server = new LoopbackServer(context =>
        {
            if (retryAfter is not null)
            {
                context.Response.Headers["Retry-After"] = retryAfter;
            }

            return LoopbackServer.WriteAsync(context, status, "busy");
        });
        var source = Source(server, clock: new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        (await source.DocumentsAsync()).ShouldHaveSingleItem().Problem.ShouldBeNull("it is asked again when it is opened");
        var failure = (await OpenFailsAsync(source)).ShouldBeOfType<TransientException>();
        failure.RetryAfter.ShouldBe(seconds is { } value ? TimeSpan.FromSeconds(value) : null);
    }

    [Fact]
    public async Task OpenAsync_ServerThatIsDown_IsTransient()
    {
        var server = new LoopbackServer(static _ => Task.CompletedTask);
        var source = Source(server);
        await server.DisposeAsync();

        (await OpenFailsAsync(source)).ShouldBeOfType<TransientException>().Message.ShouldStartWith("127.0.0.1 cannot be reached: ");
    }

    [Fact]
    public async Task OpenAsync_SilentServer_TimesOutByTheClock()
    {
        var clock = new FakeTimeProvider();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new LoopbackServer(async _ =>
        {
            asked.TrySetResult();
            await release.Task;
        });
        var opening = OpenFailsAsync(Source(server, clock: clock));
        await asked.Task;

        clock.Advance(TimeSpan.FromSeconds(30));

        (await opening).ShouldBeOfType<TransientException>().Message.ShouldBe("127.0.0.1 did not answer within 30 seconds");
        release.SetResult();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAsync_BodyThatIsTooLarge_IsSkipped(bool announced)
    {
        await using var server = new LoopbackServer(async context =>
        {
            context.Response.SendChunked = !announced;
            if (announced)
            {
                context.Response.ContentLength64 = 5000;
            }

            await context.Response.OutputStream.WriteAsync(new byte[5000]);
        });

        var refused = (await OpenFailsAsync(Source(server, change: static options => options.MaxBytes = 4999))).ShouldBeOfType<DocumentRejectedException>();

        refused.Rejection.Reason.ShouldBe(Reasons.TooLarge);
        refused.Message.ShouldContain("is larger than 4,999 bytes");
        (await Source(server, change: static options => options.MaxBytes = 5000).TextAsync(new ListedDocument(server.Address + "page.html"))).Length.ShouldBe(5000);
    }

    [Fact]
    public async Task OpenAsync_BodyThatBreaksOff_IsTransient()
    {
        await using var server = new LoopbackServer(static async context =>
        {
            context.Response.ContentLength64 = 5000;
            await context.Response.OutputStream.WriteAsync(new byte[100]);
            context.Response.Abort();
        });

        (await OpenFailsAsync(Source(server))).ShouldBeOfType<TransientException>().Message.ShouldContain("broke off");
    }

    [Fact]
    public async Task OpenAsync_PrivateAddress_IsRefusedBeforeAnythingIsSent()
    {
        await using var server = new LoopbackServer(static context => LoopbackServer.WriteAsync(context, 200, "secret"));
        foreach (var address in new[] { server.Address, server.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) })
        {
            var source = DocumentSources.Create(SourceLocation.ParseAbsolute(address), new SourceOptions(), TimeProvider.System);

            var refused = (await OpenFailsAsync(source)).ShouldBeOfType<DocumentRejectedException>();
            refused.Rejection.Reason.ShouldBe(Reasons.Unreadable);
            refused.Message.ShouldContain("sluice.source.http.allow-private-addresses");
            (await source.DocumentsAsync()).ShouldHaveSingleItem().Problem.ShouldBe(refused.Rejection);
        }

        server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.100.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001:db8::1", false)]
    public void Contains_Address_OnlyWhereAnyoneCanReachIt(string address, bool expected) =>
        PublicAddresses.Contains(IPAddress.Parse(address)).ShouldBe(expected);
}
