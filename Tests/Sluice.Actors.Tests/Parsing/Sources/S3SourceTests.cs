using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.S3;

namespace Sluice.Actors.Tests.Parsing.Sources;

public sealed class S3SourceTests
{
    static S3SourceTests()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "test");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "test");
    }

    private static IDocumentSource Source(LoopbackS3 server, string location, SourceOptions? options = null)
    {
        options ??= new();
        options.S3.Endpoint = server.Address;
        return DocumentSources.Create(SourceLocation.ParseAbsolute(location), options, TimeProvider.System);
    }

    [Fact]
    public async Task ListAsync_Prefix_IsWalkedInPages()
    {
        await using var server = new LoopbackS3 { MaxKeys = 7 };
        for (var index = 0; index < 30; index++)
        {
            server.Put($"docs/{index:00} a&b.md", "text");
        }

        server.Put("docs/", "");
        server.Put("docs/.hidden/x.md", "text");
        server.Put("docsother/x.md", "text");
        var source = Source(server, "s3://corpus/docs");

        var pages = await source.PagesAsync();

        var all = pages.SelectMany(static page => page.Documents).ToList();
        all.Count.ShouldBe(30);
        all[0].Uri.ShouldBe("s3://corpus/docs/00%20a&b.md");
        all[0].Length.ShouldBe(4);
        all[0].Version.ShouldNotBeNullOrEmpty();
        all.ShouldAllBe(document => document.Uri.StartsWith(source.Scope.Uri));
        for (var index = 0; index < pages.Count - 1; index++)
        {
            var rest = (await source.PagesAsync(pages[index].Cursor)).SelectMany(static page => page.Documents).ToList();
            rest.ShouldBe(all.TakeLast(rest.Count));
            (rest.Count + pages.Take(index + 1).Sum(static page => page.Documents.Count)).ShouldBe(30);
        }
    }

    /// <summary>Clients resolve dot segments of a path: they would ask for another object, outside the prefix even.</summary>
    [Theory]
    [InlineData("docs/../secret.md")]
    [InlineData("docs/./a.md")]
    [InlineData("docs/..")]
    [InlineData("docs/sub/../../../secret.md")]
    public async Task ListAsync_KeyWithDotSegments_IsAProblemAndNeverAskedFor(string key)
    {
        await using var server = new LoopbackS3();
        server.Put("docs/a.md", "text");
        server.Put("docs/..b.md", "a name with dots is a name");
        server.Put("secret.md", "secret");
        server.Put(key, "odd");
        var source = Source(server, "s3://corpus/docs/", new SourceOptions { Hidden = true });

        var documents = await source.DocumentsAsync();

        documents.Count.ShouldBe(3);
        documents.Where(static document => document.Problem is null).Select(static document => document.Uri).ShouldBe(["s3://corpus/docs/..b.md", "s3://corpus/docs/a.md"], ignoreOrder: true);
        var odd = documents.Single(static document => document.Problem is not null);
        odd.Problem!.Reason.ShouldBe(Reasons.Unreadable);
        odd.Problem.Message.ShouldContain("copy the object to another key");
        server.Requests.ShouldNotContain(static request => request.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ListAsync_KeysBesideThePrefix_WereNotAskedFor()
    {
        await using var server = new LoopbackS3 { IgnoresPrefix = true };
        foreach (var key in new[] { "a.md", "docs/a.md", "docs/b.md", "docs2/a.md", "docs", "other/docs/a.md" })
        {
            server.Put(key, "text");
        }

        (await Source(server, "s3://corpus/docs/").DocumentsAsync()).Select(static document => document.Uri).ShouldBe(["s3://corpus/docs/a.md", "s3://corpus/docs/b.md"]);
    }

    [Fact]
    public async Task OpenAsync_Object_StreamsWithTheListingsFacts()
    {
        await using var server = new LoopbackS3();
        server.Put("a/日本 #1%.md", "hello");
        var source = Source(server, "s3://corpus/");
        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        await using var content = await source.OpenAsync(document, CancellationToken.None);

        (await new StreamReader(content.Stream).ReadToEndAsync()).ShouldBe("hello");
        content.FileName.ShouldBe("日本 #1%.md");
        content.MediaType.ShouldBe("text/markdown");
        (await content.RevisitAsync()).ShouldBe(document);
    }

    [Fact]
    public async Task OpenAsync_ObjectReplacedSinceListing_RevisitTells()
    {
        await using var server = new LoopbackS3();
        server.Put("a.md", "one");
        var source = Source(server, "s3://corpus/");
        var document = (await source.DocumentsAsync())[0];
        server.Put("a.md", "two!");

        await using var content = await source.OpenAsync(document, CancellationToken.None);

        var now = await content.RevisitAsync();
        now!.Length.ShouldBe(4);
        now.Version.ShouldNotBe(document.Version);
    }

    [Fact]
    public async Task ListAsync_Globs_SelectBelowThePrefix()
    {
        await using var server = new LoopbackS3();
        foreach (var key in new[] { "p/a.md", "p/b.txt", "p/sub/c.md", "p/skip/d.md" })
        {
            server.Put(key, "text");
        }

        (await Source(server, "s3://corpus/p/", new() { Include = ["*.md"], Exclude = ["skip"] }).NamesAsync()).ShouldBe(["a.md", "sub/c.md"]);
    }

    [Fact]
    public async Task ListAsync_SingleObject_IsOneDocument()
    {
        await using var server = new LoopbackS3();
        server.Put("p/report.v1.pdf", "text");
        server.Put("p/v1.2/x.md", "text");
        var source = Source(server, "s3://corpus/p/report.v1.pdf");

        (await source.DocumentsAsync()).ShouldHaveSingleItem().Uri.ShouldBe(source.Scope.Uri);
        (await Source(server, "s3://corpus/p/none.pdf").DocumentsAsync()).ShouldBeEmpty();
        var refused = await Should.ThrowAsync<ConfigurationException>(() => Source(server, "s3://corpus/p/v1.2").DocumentsAsync());
        refused.Message.ShouldBe("s3://corpus/p/v1.2 is no object but a prefix of some; write s3://corpus/p/v1.2/ to ingest them.");
    }

    [Fact]
    public async Task ListAsync_NoSuchBucket_IsAConfigurationError()
    {
        await using var server = new LoopbackS3();

        var refused = await Should.ThrowAsync<ConfigurationException>(() => Source(server, "s3://nothere/").DocumentsAsync());

        refused.Message.ShouldBe("there is no bucket nothere at this endpoint and for these credentials.");
    }

    [Fact]
    public async Task ListAsync_AccessDenied_IsAConfigurationError()
    {
        await using var server = new LoopbackS3();
        server.Errors.Enqueue((403, "AccessDenied"));

        var refused = await Should.ThrowAsync<ConfigurationException>(() => Source(server, "s3://corpus/").DocumentsAsync());

        refused.Message.ShouldContain("may not be listed (AccessDenied)");
    }

    [Fact]
    public async Task ListAsync_BusyServer_IsTransientAfterTheClientsOwnRetry()
    {
        await using var server = new LoopbackS3();
        server.Put("a.md", "text");
        server.Errors.Enqueue((503, "SlowDown"));
        (await Source(server, "s3://corpus/").DocumentsAsync()).Count.ShouldBe(1);
        server.Errors.Enqueue((503, "SlowDown"));
        server.Errors.Enqueue((503, "SlowDown"));

        var busy = await Should.ThrowAsync<TransientException>(() => Source(server, "s3://corpus/").DocumentsAsync());

        busy.Message.ShouldContain("503 SlowDown");
    }

    [Fact]
    public async Task OpenAsync_ObjectThatVanishedOrIsForbidden_IsRejected()
    {
        await using var server = new LoopbackS3();
        server.Put("gone.md", "text");
        server.Put("secret.md", "text");
        server.Forbidden.Add("secret.md");
        var source = Source(server, "s3://corpus/");
        var documents = await source.DocumentsAsync();
        server.Remove("gone.md");

        var gone = await Should.ThrowAsync<DocumentRejectedException>(async () => await source.OpenAsync(documents[0], CancellationToken.None));
        var secret = await Should.ThrowAsync<DocumentRejectedException>(async () => await source.OpenAsync(documents[1], CancellationToken.None));

        gone.Rejection.ShouldBe(Rejection.Skip(Reasons.Vanished, "s3://corpus/gone.md was listed, and was gone when it was to be read"));
        (secret.Rejection.Verdict, secret.Rejection.Reason).ShouldBe((Verdict.Dead, Reasons.Unreadable));
    }

    [Fact]
    public async Task OpenAsync_BytesDamagedOnTheWay_AreTransient()
    {
        await using var server = new LoopbackS3();
        server.Put("a.md", "text");
        server.Damaged.Add("a.md");
        var source = Source(server, "s3://corpus/");
        var document = (await source.DocumentsAsync())[0];

        (await Should.ThrowAsync<TransientException>(() => source.TextAsync(document))).Message.ShouldContain("broke off while it was read");
    }

    [Fact]
    public async Task OpenAsync_ServerThatIsDown_IsTransient()
    {
        var server = new LoopbackS3();
        var source = Source(server, "s3://corpus/");
        await server.DisposeAsync();

        await Should.ThrowAsync<TransientException>(async () => await source.OpenAsync(new ListedDocument("s3://corpus/a.md"), CancellationToken.None));
        await Should.ThrowAsync<TransientException>(() => source.DocumentsAsync());
    }

    [Fact]
    public async Task Create_EndpointThatIsNoUrl_SaysSo()
    {
        var source = DocumentSources.Create(SourceLocation.ParseAbsolute("s3://corpus/"), new SourceOptions { S3 = { Endpoint = "localhost:9000" } }, TimeProvider.System);

        (await Should.ThrowAsync<ConfigurationException>(() => source.DocumentsAsync())).Message
            .ShouldBe("sluice.source.s3.endpoint is 'localhost:9000'; write a URL such as http://localhost:9000.");
    }
}
