using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Sources;
using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.S3;

namespace Sluice.Actors.Tests.Parsing.Sources;

/// <summary>What an S3 server refuses as a whole is waited for once it has worked; what it refuses of one object is that object's.</summary>
public sealed class S3OutageTests
{
    private const string Old = "test";

    static S3OutageTests()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Old);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "test");
    }

    public static TheoryData<int, string, string> Refusals => new()
    {
        { 403, "InvalidAccessKeyId", "credentials" },
        { 403, "SignatureDoesNotMatch", "credentials" },
        { 400, "ExpiredToken", "expired" },
        { 400, "InvalidToken", "credentials" },
        { 401, "Unauthorized", "credentials" },
        { 403, "RequestTimeTooSkewed", "clock" },
        { 403, "AccessDenied", "AccessDenied" },
        { 404, "NoSuchBucket", "no bucket" },
        { 503, "SlowDown", "SlowDown" },
        { 500, "InternalError", "InternalError" },
    };

    [Fact]
    public async Task OpenAsync_ServerIsGone_IsNoDocumentsFault()
    {
        var server = Filled(12, 10);
        var source = Source(server);
        List<ListedDocument> documents;
        await using (server)
        {
            documents = await source.DocumentsAsync();
        }

        (await Should.ThrowAsync<TransientException>(() => source.TextAsync(documents[0]))).Message.ShouldContain("cannot be reached");
        (await Should.ThrowAsync<TransientException>(() => source.PagesAsync(null))).Message.ShouldContain("cannot be reached");
        (await source.CheckRootAsync(null, CancellationToken.None)).State.ShouldBe(RootState.Away);
    }

    /// <summary>A proxy's page, or the half of an answer.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("<html><body>one moment")]
    public async Task ListAsync_AnswerOfSomethingElse_IsWaitedFor(string body)
    {
        await using var server = Filled(1, 10);
        server.Instead = body;
        (await Should.ThrowAsync<TransientException>(() => Source(server).DocumentsAsync())).Message.ShouldContain("none of an S3 server");
        server.Instead = null;
        (await Source(server).DocumentsAsync()).Count.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task ListAsync_RefusedOnTheSecondPage_WaitsAndGoesOnWhereItWas(int status, string code, string words)
    {
        await using var server = Filled(30, 10);
        var source = Source(server);
        string? cursor = null;
        var listed = new List<string>();
        await foreach (var page in source.ListAsync(null, CancellationToken.None))
        {
            listed.AddRange(page.Documents.Select(static document => document.Uri));
            cursor = page.Cursor;
            server.Answers = (_, _) => (status, code);
            break;
        }

        var failed = await Should.ThrowAsync<TransientException>(() => source.PagesAsync(cursor));
        failed.Message.ShouldContain(words);
        var away = await source.CheckRootAsync(null, CancellationToken.None);
        (away.State, away.MayBeGone).ShouldBe((RootState.Away, false));
        server.Answers = null;
        (await BackAsync(source)).ShouldBeTrue();
        listed.AddRange((await source.PagesAsync(cursor)).SelectMany(static page => page.Documents).Select(static document => document.Uri));
        listed.Count.ShouldBe(30);
        listed.ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task OpenAsync_EverythingIsRefused_IsNoDocumentsFault(int status, string code, string words)
    {
        await using var server = Filled(2, 10);
        var source = Source(server);
        var documents = await source.DocumentsAsync();
        (await source.TextAsync(documents[0])).ShouldBe("text 0");
        server.Answers = (_, _) => (status, code);

        var failed = await Should.ThrowAsync<SluiceException>(() => source.TextAsync(documents[1]));

        (failed is TransientException || failed is DocumentRejectedException { Rejection.Reason: Reasons.Unreadable }).ShouldBeTrue(failed.Message);
        failed.Message.ShouldContain(words);
        (await source.CheckRootAsync(null, CancellationToken.None)).State.ShouldBe(RootState.Away);
        server.Answers = null;
        (await BackAsync(source)).ShouldBeTrue();
        (await source.TextAsync(documents[1])).ShouldBe("text 1");
    }

    /// <summary>Listing is allowed, reading no longer is: an object that was read before tells.</summary>
    [Fact]
    public async Task CheckRootAsync_ReadingIsForbiddenOfAll_IsAwayAndOfOneIsNot()
    {
        await using var server = Filled(3, 10);
        var source = Source(server);
        var documents = await source.DocumentsAsync();
        server.Forbidden.Add("01.md");
        (await source.TextAsync(documents[0])).ShouldBe("text 0");

        (await Should.ThrowAsync<DocumentRejectedException>(() => source.TextAsync(documents[1]))).Rejection.Reason.ShouldBe(Reasons.Unreadable);
        (await source.CheckRootAsync(null, CancellationToken.None)).State.ShouldBe(RootState.There, "the others can be read");

        server.Answers = static (method, key) => key.Length > 0 ? (403, "AccessDenied") : null;
        await Should.ThrowAsync<DocumentRejectedException>(() => source.TextAsync(documents[2]));
        var away = await source.CheckRootAsync(null, CancellationToken.None);
        away.State.ShouldBe(RootState.Away);
        away.Message!.ShouldContain("may no longer be read");
        server.Answers = null;
        server.Remove("00.md");
        (await source.CheckRootAsync(null, CancellationToken.None)).State.ShouldBe(RootState.There, "an object that is gone is gone by itself");
    }

    [Fact]
    public async Task WasAwayAsync_CredentialsRotated_WaitsUntilTheNewOnesAreThere()
    {
        await using var server = Filled(2, 10);
        server.AccessKey = Old;
        var source = Source(server);
        var documents = await source.DocumentsAsync();
        server.AccessKey = "rotated";
        var (time, notices) = (new FakeTimeProvider(), new NoticeBoard());
        var guard = new SourceGuard(source, new PipelineOptions(), notices, time);
        (await Should.ThrowAsync<TransientException>(() => source.TextAsync(documents[0]))).Message.ShouldContain("InvalidAccessKeyId");

        var waiting = guard.WasAwayAsync(Reasons.SourceFailed, CancellationToken.None).AsTask();
        try
        {
            while (server.Requests.Count() < 5)
            {
                time.Advance(TimeSpan.FromMinutes(1));
                await Task.Yield();
            }

            waiting.IsCompleted.ShouldBeFalse();
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "rotated"); // Servers of other tests know any key.
            while (!waiting.IsCompleted)
            {
                time.Advance(TimeSpan.FromMinutes(1));
                await Task.Yield();
            }

            (await waiting).ShouldBeTrue("no document loses a try");
            (await source.TextAsync(documents[0])).ShouldBe("text 0");
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Old);
        }
    }

    /// <summary>A server that is busy answers some requests: a pause is due, and no document loses a try.</summary>
    [Fact]
    public async Task CheckRootAsync_ServerWasBusyForAnObject_AsksForAPauseOnce()
    {
        await using var server = Filled(1, 10);
        var source = Source(server);
        var document = (await source.DocumentsAsync())[0];
        server.Answers = static (_, key) => key.Length > 0 ? (503, "SlowDown") : null;
        await Should.ThrowAsync<TransientException>(() => source.TextAsync(document));
        server.Answers = null;

        (await source.CheckRootAsync(null, CancellationToken.None)).State.ShouldBe(RootState.Away);
        (await source.CheckRootAsync(null, CancellationToken.None)).State.ShouldBe(RootState.There);
    }

    [Fact]
    public async Task OpenAsync_ConnectionCutInTheMiddle_IsTransientAndReadAgain()
    {
        await using var server = Filled(1, 10);
        server.Put("00.md", new string('x', 200_000));
        server.Cut.Add("00.md");
        var source = Source(server);
        var document = (await source.DocumentsAsync())[0];

        (await Should.ThrowAsync<TransientException>(() => source.TextAsync(document))).Message.ShouldContain("broke off while it was read");
        (await source.TextAsync(document)).Length.ShouldBe(200_000);
    }

    [Theory]
    [InlineData(403, "InvalidAccessKeyId")]
    [InlineData(403, "RequestTimeTooSkewed")]
    [InlineData(404, "NoSuchBucket")]
    public async Task OpenAsync_RefusedBeforeAnythingWorked_EndsAtOnce(int status, string code)
    {
        await using var server = Filled(1, 10);
        server.Answers = (_, _) => (status, code);

        await Should.ThrowAsync<ConfigurationException>(() => Source(server).TextAsync(new ListedDocument("s3://corpus/00.md")));
        await Should.ThrowAsync<ConfigurationException>(() => Source(server).DocumentsAsync());
    }

    private static LoopbackS3 Filled(int count, int page)
    {
        var server = new LoopbackS3 { MaxKeys = page };
        for (var number = 0; number < count; number++)
        {
            server.Put($"{number:00}.md", $"text {number}");
        }

        return server;
    }

    private static IDocumentSource Source(LoopbackS3 server)
    {
        var options = new SourceOptions();
        options.S3.Endpoint = server.Address;
        return DocumentSources.Create(SourceLocation.ParseAbsolute("s3://corpus/"), options, TimeProvider.System);
    }

    /// <summary>It is there at the second question at the latest: after a busy server a pause is asked for once.</summary>
    private static async Task<bool> BackAsync(IDocumentSource source) =>
        (await source.CheckRootAsync(null, CancellationToken.None)).State == RootState.There || (await source.CheckRootAsync(null, CancellationToken.None)).State == RootState.There;
}
