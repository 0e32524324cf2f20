using System.Text;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Tests.Http;

/// <summary>What a posted job opens lies inside what is allowed, whatever its sources look like.</summary>
public sealed class AllowListTests : IDisposable
{
    private const int Seed = 20_261_130;
    private const int Mutations = 30_000;

    private static readonly string[] s_pieces =
    [
        "\\", "\\\\", "/", "//", "/../", "..", ".", "/./", "%2e", "%2E%2e", "%252e%252e", "%2f", "%5c", "%255c", "%23", "%3f", "#", "#/", "?", "?x=/../", "&", "@", "user:pw@", ":", ":80", ":443", ":0",
        "evil.example", "169.254.169.254", "docs.example.com", "．", "／", "＼", "。", "\u2025", "\u202e", "\0", "\n", "\t", " ", "%00", "%0a", "%", "%zz", ";", "..;/", "file://", "file:", "s3://", "s3:\\\\",
        "https://", "https:\\\\", "https:/\\", "http:", "secret.txt", "/etc/passwd", "../secret.txt", "link", "link/secret.txt", "localhost", "[::1]", "bucket", "guide", "Ⓖuide", "\ud800", "~", "*", "|",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly string _docs;

    public AllowListTests()
    {
        _folder.Write("docs/a.txt", "plain");
        _folder.Write("docs/sub/b.txt", "plain");
        _folder.Write("docs-other/c.txt", "SECRET");
        _folder.Write("secret.txt", "SECRET");
        _docs = Path.Combine(_folder.Path, "docs");
        Directory.CreateSymbolicLink(Path.Combine(_docs, "link"), _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("https://docs.example.com/guide", "https:\\\\docs.example.com/guide#/../../../../../../../../../../../../etc/passwd", 400)]
    [InlineData("s3://bucket/docs/", "s3:\\\\bucket/docs/#/../../../../../../../../../../../../etc", 400)]
    [InlineData("http://1.2.3.4/", "http:\\\\1.2.3.4/x/../../../../../../../../../../../../etc", 400)]
    [InlineData("https://docs.example.com/guide", "https:/\\docs.example.com/guide", 400)]
    [InlineData("https://docs.example.com/guide", "https:docs.example.com/guide", 400)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com/guide/..%2fadmin", 400)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com/guide/%2e%2e/admin", 403)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com/guidebook", 403)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com/guide?x=1", 403)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com:444/guide", 403)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com./guide", 403)]
    [InlineData("https://docs.example.com/guide", "https://docs.example.com@evil.example/guide", 400)]
    [InlineData("https://docs.example.com/guide", "https://evil.example#docs.example.com/guide", 403)]
    [InlineData("s3://bucket/docs/", "s3://Bucket/docs/", 403)]
    [InlineData("s3://bucket/docs/", "s3://bucket/docs/../x", 400)]
    [InlineData("s3://bucket/docs/", "s3://bucket/docsecret/", 403)]
    [InlineData("/srv/docs", "file:///srv/docs/%2e%2e/%2e%2e/etc/passwd", 403)]
    [InlineData("/srv/docs", "file://localhost/etc/passwd", 403)]
    [InlineData("/srv/docs", "file:/srv/docs", 400)]
    [InlineData("/srv/docs", "docs", 400)]
    public void Admit_Bypass_IsRefusedWithWords(string allowed, string posted, int status)
    {
        var refused = Should.Throw<ApiException>(() => new AllowList(AllowList.Configured([allowed], "/")).Admit(posted));

        refused.Status.ShouldBe(status, refused.Message);
        refused.Message.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void Admit_PageThatWasIndexed_AllowsNoOther()
    {
        var list = new AllowList([SourceScope.Exact("https://host/")]);

        list.Admit("https://HOST").Uri.ShouldBe("https://host/");
        Should.Throw<ApiException>(() => list.Admit("https://host/admin")).Status.ShouldBe(403);
    }

    [Fact]
    public void Check_Request_CarriesTheBoundsOfWhatIsAllowed()
    {
        var allowed = JobRules.Check(new JobRequest(["https://docs.example.com/guide/"]), AllowList.Configured([_docs, "https://docs.example.com/guide"], "/"));

        allowed.Bounds.ToDictionary(static bound => bound.Path, static bound => string.Join(' ', bound.Items!)).ShouldBe(
            new Dictionary<string, string>
            {
                ["source.link-roots"] = RealPaths.Resolve(_docs),
                ["source.http.redirect-roots"] = "https://docs.example.com/guide prefix+https://docs.example.com/guide/",
            },
            ignoreOrder: true);
    }

    [Fact]
    public async Task Admit_ManyMutations_WhatIsOpenedLiesInsideWhatIsAllowed()
    {
        var random = new Random(Seed);
        string[] bases =
        [
            _docs, _docs + "/a.txt", _docs + "/sub", "file://" + _docs, "file://localhost" + _docs + "/sub/b.txt", "https://docs.example.com/guide", "https://docs.example.com/guide/a/b?c=d#e",
            "HTTPS://DOCS.example.COM:443/guide/x", "s3://bucket/docs", "s3://bucket/docs/a/b.pdf", "https:\\\\docs.example.com/guide#/../../../../../etc/passwd", "s3:\\\\bucket/docs/#/../../../etc",
        ];
        var list = new AllowList(AllowList.Configured([_docs, "https://docs.example.com/guide", "s3://bucket/docs/"], "/"));
        var (admitted, refused) = (new Dictionary<SourceKind, int>(), 0);
        for (var number = 0; number < Mutations; number++)
        {
            var text = Mutate(random, bases[random.Next(bases.Length)]);
            SourceLocation location;
            try
            {
                location = list.Admit(text);
            }
            catch (ApiException exception)
            {
                exception.Status.ShouldBeOneOf(400, 403);
                refused++;
                continue;
            }

            admitted[location.Kind] = admitted.GetValueOrDefault(location.Kind) + 1;

            // What travels to the nodes of a cluster is the text; each reads it on its own.
            var onNode = SourceLocation.ParseAbsolute(location.Text);
            onNode.ShouldBe(location, Show(text));
            RequireInside(onNode, text);
            await RequireNothingElseIsReadAsync(onNode, list, text);
        }

        admitted.Keys.ShouldBe([SourceKind.File, SourceKind.Http, SourceKind.S3Object, SourceKind.S3Prefix], ignoreOrder: true);
        admitted.Values.ShouldAllBe(static count => count > 50);
        refused.ShouldBeGreaterThan(Mutations / 4);
    }

    private static string Mutate(Random random, string text)
    {
        var mutated = new StringBuilder(text);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(mutated.Length + 1);
            switch (random.Next(6))
            {
                case 0 or 1 or 2:
                    mutated.Insert(at, s_pieces[random.Next(s_pieces.Length)]);
                    break;
                case 3 when at < mutated.Length:
                    mutated.Remove(at, Math.Min(random.Next(1, 4), mutated.Length - at));
                    break;
                case 4 when at < mutated.Length:
                    mutated[at] = char.IsUpper(mutated[at]) ? char.ToLowerInvariant(mutated[at]) : char.ToUpperInvariant(mutated[at]);
                    break;
                case 5 when at < mutated.Length && char.IsAscii(mutated[at]):
                    mutated.Replace(mutated[at].ToString(), $"%{(int)mutated[at]:x2}", at, 1);
                    break;
            }
        }

        return mutated.ToString();
    }

    /// <summary>Judges with the system's own parsers, and by hand, not with those that are tested.</summary>
    private void RequireInside(SourceLocation location, string text)
    {
        switch (location.Kind)
        {
            case SourceKind.File:
                var real = RealPaths.Resolve(location.Path);
                (real == RealPaths.Resolve(_docs) || real.StartsWith(RealPaths.Resolve(_docs) + "/", StringComparison.Ordinal)).ShouldBeTrue(Show(text));
                break;
            case SourceKind.Http:
                var uri = new Uri(location.Uri);
                (uri.Scheme, uri.IdnHost, uri.Port, uri.UserInfo, uri.Fragment).ShouldBe(("https", "docs.example.com", 443, "", ""), Show(text));
                for (var path = uri.AbsolutePath; ; path = Uri.UnescapeDataString(path))
                {
                    var resolved = new Uri($"https://h{path.Replace('\\', '/')}").AbsolutePath;
                    (resolved == "/guide" || resolved.StartsWith("/guide/", StringComparison.Ordinal)).ShouldBeTrue(Show(text));
                    if (path == Uri.UnescapeDataString(path))
                    {
                        break;
                    }
                }

                break;
            case SourceKind.S3Object or SourceKind.S3Prefix:
                location.Host.ShouldBe("bucket", Show(text));
                location.Path.ShouldStartWith("docs/", Case.Sensitive, Show(text));
                location.Path.Split('/', '\\').ShouldNotContain("..", Show(text));
                break;
            default:
                throw new InvalidOperationException($"{Show(text)} was admitted as {location.Kind}.");
        }
    }

    /// <summary>Opens it as a run does, under the bounds that the job carries, and reads all of it.</summary>
    private static async Task RequireNothingElseIsReadAsync(SourceLocation location, AllowList list, string text)
    {
        if (location.Kind != SourceKind.File)
        {
            return; // Others are opened by the value that was judged: HttpSource asks for Uri, S3Source for Host and Path.
        }

        IDocumentSource source;
        try
        {
            source = DocumentSources.Create(location, new SourceOptions { LinkRoots = [.. list.Bounds[0].Items!] }, TimeProvider.System);
        }
        catch (ConfigurationException)
        {
            return; // There is no such file.
        }

        await foreach (var page in source.ListAsync(null, CancellationToken.None))
        {
            foreach (var document in page.Documents.Where(static document => document.Problem is null))
            {
                await using var content = await source.OpenAsync(document, CancellationToken.None);
                using var reader = new StreamReader(content.Stream);
                (await reader.ReadToEndAsync()).ShouldBe("plain", Show(text));
            }
        }
    }

    private static string Show(string text) => $"{text.Replace("\0", "\\0", StringComparison.Ordinal)} (seed {Seed})";
}
