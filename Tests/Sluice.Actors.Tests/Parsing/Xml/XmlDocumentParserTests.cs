namespace Sluice.Actors.Tests.Parsing.Xml;

public sealed class XmlDocumentParserTests
{
    [Fact]
    public async Task ParseAsync_Data_GroupsShortElementsOfARecord()
    {
        var sections = await Parse.TextAsync("<?xml version=\"1.0\"?>\n<shop>\n<thing><name>Ball</name><price>3</price></thing>\n<thing><name>Box</name><price>4</price></thing>\n</shop>", "a.xml");

        sections.Shape().ShouldBe(["TableRow: name: Ball\nprice: 3", "TableRow: name: Box\nprice: 4"]);
        sections[0].Place.Part.ShouldBe("shop/thing");
        sections.Select(static section => section.Place.Line).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task ParseAsync_Document_KeepsMixedTextTogetherBelowItsTitle()
    {
        var sections = await Parse.TextAsync("<book><chapter><title>First</title><para>Words <em>in</em> a row.</para></chapter><chapter><para>No title.</para></chapter></book>", "a.xml");

        sections.Shape().ShouldBe(["Heading: First", "Paragraph: Words in a row.", "Paragraph: No title."]);
        sections[1].Path().ShouldBe("First");
        sections[2].Path().ShouldBeEmpty();
    }

    [Fact]
    public async Task ParseAsync_Feed_TakesMarkupOffItsItems()
    {
        var sections = await Parse.TextAsync("<rss><channel><title>News</title><item><title>One</title><link>https://example.org/1</link><description>&lt;p&gt;Some &lt;b&gt;bold&lt;/b&gt; words, and enough of them to make a paragraph of its own: this goes on for a while, so that it is longer than what would pass for a short value in a record, which ends at two hundred characters.&lt;/p&gt;</description></item></channel></rss>", "a.rss");

        sections.ShouldContain(static section => section.Text == "link: https://example.org/1");
        var description = sections[^1];
        description.Text.ShouldStartWith("Some bold words, and");
        description.Path().ShouldBe("News > One");
    }

    [Fact]
    public async Task ParseAsync_RowsOfAttributes_AreRecords() =>
        (await Parse.TextAsync("<posts><row Id=\"1\" Title=\"Why\" /><row Id=\"2\" Title=\"How\" /></posts>", "a.xml")).Shape()
            .ShouldBe(["TableRow: Id: 1\nTitle: Why", "TableRow: Id: 2\nTitle: How"]);

    [Fact]
    public async Task ParseAsync_ExternalEntity_IsNotFetched()
    {
        var folder = Directory.CreateTempSubdirectory("sluice-xxe-");
        try
        {
            var secret = Path.Combine(folder.FullName, "secret.txt");
            await File.WriteAllTextAsync(secret, "the secret");
            var sections = await Parse.TextAsync($"<!DOCTYPE x [<!ENTITY e SYSTEM \"file://{secret}\"><!ENTITY i \"inner\">]><x><p>&e; and &i;</p></x>", "a.xml");

            sections.Shape().ShouldBe(["Paragraph: and inner"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
