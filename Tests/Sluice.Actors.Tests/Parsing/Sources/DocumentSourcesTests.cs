using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Files;

namespace Sluice.Actors.Tests.Parsing.Sources;

public sealed class DocumentSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IDocumentSource Create(string location, SourceOptions? options = null) => DocumentSources.Create(SourceLocation.ParseAbsolute(location), options ?? new(), TimeProvider.System);

    [Fact]
    public void Options_Defaults_AreDocumentedOnes()
    {
        var options = new SourceOptions();

        (options.Hidden, options.FollowLinks, options.MaxDepth, options.StandardInputName).ShouldBe((false, true, 0, ""));
        options.Include.Concat(options.Exclude).Concat(options.ExcludePaths).ShouldBeEmpty();
        (options.Http.Timeout, options.Http.MaxBytes, options.Http.MaxRedirects).ShouldBe((TimeSpan.FromSeconds(30), 1L << 30, 10));
        (options.Http.AllowPrivateAddresses, options.Http.UserAgent).ShouldBe((false, "Sluice/0.1"));
        (options.S3.Endpoint, options.S3.Region, options.S3.PathStyle, options.S3.Timeout).ShouldBe(("", "", false, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Create_MissingPath_SaysSoAndWhatMayBeMeant()
    {
        Directory.CreateDirectory(_folder.Combine("documents"));
        Message(_folder.Combine("docments")).ShouldBe($"no such file or folder: {_folder.Combine("docments")}; did you mean {_folder.Combine("documents")}?");
        Message(_folder.Combine("Documents")).ShouldEndWith($"; did you mean {_folder.Combine("documents")}?");
        Directory.CreateDirectory(_folder.Combine("data"));
        Message(_folder.Combine("daat")).ShouldEndWith($"; did you mean {_folder.Combine("data")}?");
        Message(_folder.Combine("nothing/like/it")).ShouldBe(
            $"no such file or folder: {_folder.Combine("nothing/like/it")} ({_folder.Path} has no nothing)");

        static string Message(string location) => Should.Throw<ConfigurationException>(() => Create(location)).Message;
    }

    /// <summary>A posted job was checked on the machine that took it; the node that opens it may have links that lead elsewhere.</summary>
    [Theory]
    [InlineData("linked")]
    [InlineData("linked/a.txt")]
    [InlineData("linked.txt")]
    public void Create_PlaceThatLiesOutsideTheLinkRootsHere_IsRefused(string place)
    {
        using var outside = new TemporaryFolder();
        outside.Write("a.txt");
        _folder.Write("inside/a.txt");
        Directory.CreateSymbolicLink(_folder.Combine("linked"), outside.Path);
        File.CreateSymbolicLink(_folder.Combine("linked.txt"), outside.Combine("a.txt"));
        var options = new SourceOptions { LinkRoots = [_folder.Path] };

        Should.Throw<ConfigurationException>(() => Create(_folder.Combine(place), options)).Message
            .ShouldBe($"{_folder.Combine(place)} lies at {(place == "linked" ? outside.Path : outside.Combine("a.txt"))} on this machine, which is not among the sources that this job may read.");
        Create(_folder.Combine("inside"), options).Scope.Uri.ShouldEndWith("/inside/");
        Create(_folder.Combine(place)).Scope.Uri.ShouldContain("linked"); // The command line is not bounded.
    }

    [Theory]
    [InlineData("", "the location is empty; give a folder, a file, - for standard input, an http(s) URL or s3://bucket/prefix/.")]
    [InlineData("ftp://host/x", "Sluice reads no ftp:// locations (ftp://host/x); it reads folders, files, - for standard input, http(s):// URLs and s3:// buckets.")]
    [InlineData("http://", "http:// is not a URL; write http(s)://host/path.")]
    [InlineData("https://me:secret@host/x", "the URL of host holds a user name or password, which would be stored and shown; Sluice reads public pages only. Remove it.")]
    [InlineData("s3:///x", "an s3 location is written s3://bucket/prefix/; credentials come from the environment.")]
    [InlineData("file://otherhost/x", "file://otherhost/x names no file of this machine; write file:///absolute/path.")]
    public void Create_BadLocation_SaysWhatToWrite(string location, string message) =>
        Should.Throw<ConfigurationException>(() => Create(location)).Message.ShouldBe(message);

    [Theory]
    [InlineData("s3://bucket", "s3://bucket/")]
    [InlineData("s3://bucket/docs", "s3://bucket/docs/")]
    [InlineData("s3://bucket/docs/", "s3://bucket/docs/")]
    [InlineData("s3://bucket/docs/a b.pdf", "s3://bucket/docs/a%20b.pdf")]
    [InlineData("https://host/a?b=1#part", "https://host/a?b=1")]
    [InlineData("HTTP://HOST", "http://host/")]
    public void Create_RemoteLocation_HasItsScope(string location, string scope) => Create(location).Scope.ToString().ShouldBe(scope);

    [Fact]
    public async Task Create_File_IsOneDocumentWhateverTheGlobs()
    {
        var path = _folder.Write(".notes.gz", "text");
        var source = Create(path, new() { Include = ["*.md"] });

        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        document.Uri.ShouldBe(source.Scope.Uri);
        document.Uri.ShouldBe($"file://{path}");
        (await source.TextAsync(document)).ShouldBe("text");
        Create(document.Uri).Scope.ShouldBe(source.Scope);
        File.Delete(path);
        (await source.DocumentsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task OpenAsync_StandardInput_CanBeReadOnceOnly()
    {
        var clock = new FakeTimeProvider();
        var source = new StandardInputSource(() => new MemoryStream(Encoding.UTF8.GetBytes("piped")), "data.csv", clock);
        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        document.Uri.ShouldBe("stdin:/data.csv");
        document.Modified.ShouldBe(clock.GetUtcNow());
        (await source.TextAsync(document)).ShouldBe("piped");
        var refused = await Should.ThrowAsync<DocumentRejectedException>(async () => await source.OpenAsync(document, CancellationToken.None));
        refused.Rejection.Verdict.ShouldBe(Verdict.Dead);
        refused.Message.ShouldContain("can be read only once");
        new StandardInputSource(() => Stream.Null, "", clock).Scope.Uri.ShouldBe("stdin:");
    }
}
