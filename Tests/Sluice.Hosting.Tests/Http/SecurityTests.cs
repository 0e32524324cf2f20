using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Tests.Http;

/// <summary>Attempts on the server, and its answers. docs/api.md says what is promised.</summary>
public sealed class SecurityTests
{
    public static TheoryData<string, string, bool> Routes
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            var room = new ScriptedRoom();
            foreach (var route in new ApiRoutes(room, new EventHub(room, 1, NullLogger.Instance, TimeProvider.System), new ApiTokens(null, null), []).Build())
            {
                data.Add(route.Method, route.Pattern.Replace("{id}", "1", StringComparison.Ordinal), route.Access == ApiAccess.Control);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Route_WithoutOrWithAWrongToken_IsRefused(string method, string path, bool control)
    {
        await using var server = await TestServer.StartAsync(tokens: true);
        foreach (var token in new[] { null, "", "Basic " + TestServer.ControlToken, "wrong-token-0123456789", TestServer.ControlToken + "x", TestServer.ControlToken[..^1], new string('a', 5_000), "Bearer  ", "bearer null" })
        {
            var (status, body, answer) = await server.SendAsync(method, path, token);
            status.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path} with '{token}'");
            answer.Headers.WwwAuthenticate.ToString().ShouldStartWith("Bearer");
            body.ShouldNotContain(TestServer.ControlToken);
            answer.Dispose();
        }

        var (looked, _, reply) = await server.SendAsync(method, path, TestServer.ReadToken);
        reply.Dispose();
        (looked == HttpStatusCode.Forbidden).ShouldBe(control, $"{method} {path} with the read-only token answers {looked}");
        server.Room.Asked.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Route_FromAnotherOriginOrByAnotherName_IsRefused(string method, string path, bool control)
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (header, value, expected) in new[]
        {
            ("Origin", "http://evil.example", HttpStatusCode.Forbidden),
            ("Origin", "null", HttpStatusCode.Forbidden),
            ("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden),
            ("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden),
            ("Host", "evil.example", HttpStatusCode.MisdirectedRequest),
            ("Host", $"127.0.0.1.evil.example:{server.Address.Port}", HttpStatusCode.MisdirectedRequest),
        })
        {
            var (status, _, answer) = await server.SendAsync(method, path, more: request => request.Headers.TryAddWithoutValidation(header, value));
            status.ShouldBe(expected, $"{method} {path} with {header}: {value}");
            answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
            answer.Dispose();
        }

        if (control)
        {
            var (status, _, _) = await server.SendAsync(method, path, body: "{}", type: "text/plain");
            status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        }

        server.Room.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Preflight_IsNotAnswered()
    {
        await using var server = await TestServer.StartAsync();
        var (status, _, answer) = await server.SendAsync("OPTIONS", "/api/v1/jobs", more: static request =>
        {
            request.Headers.TryAddWithoutValidation("Origin", "http://evil.example");
            request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");
        });
        ((int)status).ShouldBeGreaterThanOrEqualTo(400);
        answer.Headers.Any(static header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/../../../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/..%2f..%2fetc%2fpasswd")]
    [InlineData("/script/../../../akka.hocon")]
    [InlineData("/%252e%252e/akka.hocon")]
    [InlineData("//etc/passwd")]
    [InlineData("/index.html%00.js")]
    [InlineData("/page/index.html")]
    [InlineData("/INDEX.HTML")]
    [InlineData("/api/v1/../../index.html/x")]
    public async Task Path_ThatLeavesThePage_IsNotFound(string path)
    {
        await using var server = await TestServer.StartAsync();
        var line = await server.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        (line.Contains(" 404 ", StringComparison.Ordinal) || line.Contains(" 400 ", StringComparison.Ordinal)).ShouldBeTrue(line);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"sources\": 5}")]
    [InlineData("{\"sources\": []}")]
    [InlineData("{\"sources\": [null]}")]
    [InlineData("{\"sources\": [\"docs\"]}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"surprise\": 1}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"sources\": [\"/etc\"]}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"weight\": 0}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"confirm\": 1}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"name\": \"a\\nb\"}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"name\": \"a\\u001b[31mb\"}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"weight\": \"10\"}")]
    [InlineData("{\"sources\": [\"/srv/docs\\u0000/x\"]}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"settings\": {\"database\": \"sqlite:/tmp/x.db\"}}")]
    [InlineData("{\"sources\": [\"/srv/docs\"], \"settings\": {\"source.http.allow-private-addresses\": \"true\"}}")]
    public async Task Submit_MalformedBody_IsRefusedWithWords(string body)
    {
        await using var server = await TestServer.StartAsync();
        var (status, text, _) = await server.SendAsync("POST", "/api/v1/jobs", body: body);
        status.ShouldBe(HttpStatusCode.BadRequest, body);
        var detail = JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString();
        detail.ShouldNotBeNullOrWhiteSpace();
        detail.ShouldNotContain("Sluice.");
        detail.ShouldNotContain("System.");
        detail.ShouldNotContain(".NET");
    }

    [Theory]
    [InlineData("/etc/shadow")]
    [InlineData("/srv/docs/../../etc")]
    [InlineData("/srv/docsecret")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://127.0.0.1:9200/")]
    [InlineData("http://[::1]/")]
    [InlineData("https://docs.example.evil/manual/")]
    [InlineData("https://docs.example/manual/../admin")]
    [InlineData("http://docs.example/manual/")]
    [InlineData("https://docs.example:8443/manual/")]
    [InlineData("s3://other-bucket/")]
    public async Task Submit_SourceThatIsNotAllowed_IsRefused(string source)
    {
        await using var server = await TestServer.StartAsync();
        var (status, text, _) = await server.SendAsync("POST", "/api/v1/jobs", body: $"{{\"sources\": [{JsonSerializer.Serialize(source)}]}}");
        status.ShouldBe(HttpStatusCode.Forbidden, text);
    }

    [Theory]
    [InlineData("https://user:secret@docs.example/manual/")]
    [InlineData("gopher://docs.example/manual/")]
    [InlineData("file://server/share")]
    [InlineData("-")]
    public async Task Submit_SourceOfNoKnownKind_IsRefused_AndItsSecretIsNotRepeated(string source)
    {
        await using var server = await TestServer.StartAsync();
        var (status, text, _) = await server.SendAsync("POST", "/api/v1/jobs", body: $"{{\"sources\": [{JsonSerializer.Serialize(source)}]}}");
        status.ShouldBe(HttpStatusCode.BadRequest, text);
        text.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("/srv/docs")]
    [InlineData("/srv/docs/")]
    [InlineData("/srv/docs/a/../b")]
    [InlineData("file:///srv/docs/a%20b")]
    [InlineData("https://docs.example/manual/chapter")]
    public async Task Submit_AllowedSource_IsTaken(string source)
    {
        await using var server = await TestServer.StartAsync();
        var (status, text, _) = await server.SendAsync("POST", "/api/v1/jobs", body: $"{{\"sources\": [{JsonSerializer.Serialize(source)}]}}");
        status.ShouldBe(HttpStatusCode.Created, text);
    }

    [Fact]
    public void Check_LinkThatLeadsOutOfAnAllowedFolder_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(System.IO.Path.Combine(folder.Path, "docs"));
        File.CreateSymbolicLink(System.IO.Path.Combine(folder.Path, "docs", "out"), "/etc");
        Should.Throw<ApiException>(() => JobRules.Check(new Hosting.Http.Contract.JobRequest([System.IO.Path.Combine(folder.Path, "docs", "out")]), Allowed(System.IO.Path.Combine(folder.Path, "docs")))).Status.ShouldBe(403);
    }

    [Fact]
    public void Check_LinkThatLeadsOutThroughAnother_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var outside = new TemporaryFolder();
        outside.Write("secret.txt", "secret");
        var docs = Directory.CreateDirectory(System.IO.Path.Combine(folder.Path, "docs")).FullName;
        Directory.CreateSymbolicLink(System.IO.Path.Combine(docs, "l2"), outside.Path);
        File.CreateSymbolicLink(System.IO.Path.Combine(docs, "l1.txt"), System.IO.Path.Combine(docs, "l2", "secret.txt"));
        Should.Throw<ApiException>(() => JobRules.Check(new Hosting.Http.Contract.JobRequest([System.IO.Path.Combine(docs, "l1.txt")]), Allowed(docs))).Status.ShouldBe(403);
    }

    [Fact]
    public void Check_AllowedFolderThatIsALink_KeepsItsName_AndLinksBelowAreResolved()
    {
        using var folder = new TemporaryFolder();
        folder.Write("real/sub/a.txt", "text");
        var named = System.IO.Path.Combine(folder.Path, "named");
        Directory.CreateSymbolicLink(named, System.IO.Path.Combine(folder.Path, "real"));
        Directory.CreateSymbolicLink(System.IO.Path.Combine(folder.Path, "real", "again"), System.IO.Path.Combine(folder.Path, "real", "sub"));
        var allowed = JobRules.Check(new Hosting.Http.Contract.JobRequest([named + "/", named + "/again/a.txt"]), Allowed(named));
        allowed.Texts.ShouldBe([named, named + "/sub/a.txt"], "a document has one URI, however it was asked for");
        allowed.Bounds[0].Items.ShouldBe([Actors.Parsing.Sources.RealPaths.Resolve(named)]);
    }

    private static IReadOnlyList<Streams.Documents.SourceScope> Allowed(string source) => AllowList.Configured([source], "/");

    [Fact]
    public void Settings_ListsOfGlobs_AreCutOutsideBraces()
    {
        var setting = JobRules.Settings(new Dictionary<string, string>(StringComparer.Ordinal) { ["source.include"] = " *.{md,txt} , a/{b,{c,d}}.x,,z" }).ShouldHaveSingleItem();
        setting.Items.ShouldBe(["*.{md,txt}", "a/{b,{c,d}}.x", "z"]);
    }

    [Fact]
    public void NameOf_ALocationWithASecret_HidesIt()
    {
        JobRules.NameOf(null, ["http://127.0.0.1:8099/a.txt?token=SECRETXYZ"]).ShouldBe("a.txt?token=***");
        JobRules.NameOf("http://h/?api_key=SECRETXYZ", []).ShouldNotContain("SECRETXYZ");
    }

    [Fact]
    public async Task Body_LargerThanTheLimit_IsRefused()
    {
        await using var server = await TestServer.StartAsync();
        var (status, _, _) = await server.SendAsync("POST", "/api/v1/jobs", body: $"{{\"sources\": [\"/{new string('a', ApiServer.MaxBody)}\"]}}");
        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Headers_BeyondTheLimits_AreRefused()
    {
        await using var server = await TestServer.StartAsync();
        (await server.SendRawAsync($"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: {new string('a', 20_000)}\r\n\r\n")).ShouldContain(" 431 ");
        (await server.SendRawAsync($"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{string.Concat(Enumerable.Range(0, 100).Select(static index => $"X-{index}: 1\r\n"))}\r\n")).ShouldContain(" 431 ");
        (await server.SendRawAsync($"GET /?{new string('a', 9_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")).ShouldContain(" 414 ");
        (await server.SendRawAsync("\0\0\0\r\n\r\n")).ShouldContain(" 400 ");
    }

    [Fact]
    public async Task Search_ParametersOutOfRange_AreRefusedWithWords()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var query in new[] { "", "?q=", "?q=%20", "?q=a&limit=0", "?q=a&limit=101", "?q=a&limit=x", "?q=a&limit=1&limit=2", "?q=a&mode=magic", $"?q={new string('a', 2_001)}", "?q=a&job=-1" })
        {
            (await server.SendAsync("GET", "/api/v1/search" + query)).Status.ShouldBe(HttpStatusCode.BadRequest, query);
        }
    }

    [Fact]
    public async Task Answer_WithMarkupInTexts_IsJsonWithoutRawMarkup()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var path in new[] { "/api/v1/overview", "/api/v1/jobs", "/api/v1/dead-letters", "/api/v1/search?q=%3Cscript%3Ealert(2)%3C/script%3E" })
        {
            var (status, body, answer) = await server.SendAsync("GET", path);
            status.ShouldBe(HttpStatusCode.OK);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldHaveSingleItem().ShouldBe("nosniff");
            body.ShouldNotContain("<script", Case.Insensitive, path);
            JsonDocument.Parse(body);
        }
    }

    [Fact]
    public async Task Answer_HasAStrictPolicyEverywhere()
    {
        await using var server = await TestServer.StartAsync(tokens: true);
        foreach (var path in new[] { "/", "/healthz", "/api/v1/overview", "/nowhere" })
        {
            var (_, _, answer) = await server.SendAsync("GET", path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
            policy.ShouldContain("default-src 'none'");
            policy.ShouldNotContain("unsafe");
            answer.Headers.Contains("Server").ShouldBeFalse();
            answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Health_NeedsNoToken()
    {
        await using var server = await TestServer.StartAsync(tokens: true);
        (await server.SendAsync("GET", "/healthz")).Body.ShouldBe("alive\n");
        var (status, body, _) = await server.SendAsync("GET", "/readyz");
        (status, body).ShouldBe((HttpStatusCode.ServiceUnavailable, "joining\n"));
    }

    [Fact]
    public async Task Failure_OfTheDatabase_Is503WithRetryAfter_AndADefectTellsNothing()
    {
        await using var server = await TestServer.StartAsync();
        server.Room.Failure = new StorageException("PostgreSQL at postgres://me:secret@db/x does not answer");
        var (status, body, answer) = await server.SendAsync("GET", "/api/v1/search?q=a");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        body.ShouldNotContain("secret");

        server.Room.Failure = new InvalidOperationException("inner detail");
        (status, body, _) = await server.SendAsync("GET", "/api/v1/search?q=a");
        status.ShouldBe(HttpStatusCode.InternalServerError);
        body.ShouldNotContain("inner detail");
    }

    [Fact]
    public async Task Start_OnAnAddressOfOthersWithoutAToken_IsRefusedInWords()
    {
        var room = new ScriptedRoom();
        var parts = new ApiServerParts("0.0.0.0:0", "--http", new HttpOptions(), new ApiTokens(null, null), room, room.CheckAsync, null, NullLoggerFactory.Instance, TimeProvider.System);
        (await Should.ThrowAsync<ConfigurationException>(() => ApiServer.StartAsync(parts, CancellationToken.None))).Message.ShouldContain("SLUICE_API_TOKEN");
        await using var server = await ApiServer.StartAsync(parts with { Tokens = new ApiTokens(TestServer.ControlToken, null) }, CancellationToken.None);
        server.Address.ShouldStartWith("http://");
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with spaces in it 0123456789")]
    public void Load_TokenThatIsNone_IsRefusedWithoutBeingShown(string token)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { [ApiTokens.ControlVariable] = token };
        Should.Throw<ConfigurationException>(() => ApiTokens.Load(new HttpOptions(), environment, "/")).Message.ShouldNotContain(token);
    }

    [Fact]
    public void Load_TokenOfAFile_IsItsFirstLine()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(System.IO.Path.Combine(folder.Path, "token"), TestServer.ControlToken + "\n# not this\n");
        var tokens = ApiTokens.Load(new HttpOptions { ControlTokenFile = "token" }, new Dictionary<string, string>(StringComparer.Ordinal), folder.Path);
        tokens.Check("Bearer " + TestServer.ControlToken).ShouldBe(ApiAccess.Control);
        tokens.Check(null).ShouldBe(ApiAccess.None);
    }
}
