using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Parsing.Sources;

/// <summary>Files of a folder: opened by their URIs, and looked at again.</summary>
public sealed partial class FolderSourceTests
{
    [Theory]
    [InlineData("with space.txt")]
    [InlineData("new\nline.txt")]
    [InlineData("hash#query?percent%41.txt")]
    [InlineData("日本語 👩‍👩‍👧.txt")]
    [InlineData("back\\slash.txt")]
    [InlineData("[brackets]{}.txt")]
    [InlineData("file:")]
    [InlineData("-")]
    public async Task OpenAsync_AnyName_RoundTripsThroughItsUri(string name)
    {
        _folder.Write(name, "the text");
        var source = Source();
        var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

        (await source.TextAsync(document)).ShouldBe("the text");
        new Uri(document.Uri).AbsoluteUri.ShouldBe(document.Uri, "an ordinary URI");
        await using var content = await source.OpenAsync(document, CancellationToken.None);
        content.FileName.ShouldBe(name);
    }

    [Fact]
    public async Task OpenAsync_NameThatIsNotUtf8_RoundTripsThroughItsUri()
    {
        const string name = "\"$1/$(printf 'bad\\377\\200name.txt')\"";
        await ShellAsync($"printf text > {name}");
        try
        {
            var source = Source();
            var document = (await source.DocumentsAsync()).ShouldHaveSingleItem();

            document.Uri.ShouldEndWith("/bad%FF%80name.txt");
            (await source.TextAsync(document)).ShouldBe("text");
            (await source.PagesAsync("bad%FF%80name.txt")).ShouldHaveSingleItem().Documents.ShouldBeEmpty();
        }
        finally
        {
            await ShellAsync($"rm {name}"); // .NET cannot name it.
        }
    }

    [Fact]
    public async Task OpenAsync_FileThatVanished_IsSkipped()
    {
        var path = _folder.Write("file.txt");
        var source = Source();
        var document = (await source.DocumentsAsync())[0];
        File.Delete(path);

        var refused = await Should.ThrowAsync<DocumentRejectedException>(async () => await source.OpenAsync(document, CancellationToken.None));
        refused.Rejection.ShouldBe(Rejection.Skip(Reasons.Vanished, $"{path} was listed, and was gone when it was to be read"));
    }

    [Fact]
    public async Task RevisitAsync_ChangedFile_TellsItsNewFacts()
    {
        var path = _folder.Write("file.txt");
        var source = Source();
        var document = (await source.DocumentsAsync())[0];
        await using var content = await source.OpenAsync(document, CancellationToken.None);

        (await content.RevisitAsync()).ShouldBe(document);
        await File.WriteAllTextAsync(path, "longer text");
        (await content.RevisitAsync())!.Length.ShouldBe(11);
        File.Delete(path);
        (await content.RevisitAsync())!.Problem!.Reason.ShouldBe(Reasons.Vanished);
    }
}
