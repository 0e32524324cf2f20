using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Parsing.Html;

public sealed class HtmlPageParserTests
{
    [Fact]
    public async Task ParseAsync_Page_LeavesNavigationOutAndKeepsContent()
    {
        var sections = await Parse.TextAsync(
            """
            <!DOCTYPE html><html lang="en"><head><title> A  page </title><meta name="description" content="About it"><style>p{}</style></head>
            <body><header>Site <nav>Menu</nav></header><div role="navigation">More menu</div>
            <main><article><header><h1 id="top">Main &amp; first</h1></header><p>Hello <b>bold</b><br>world&nbsp;!</p>
            <script>var x;</script><noscript>no</noscript><template>tpl</template><p hidden>hidden</p><p style="display: none">gone</p>
            <h2>Lists<a class="headerlink" href="#l">¶</a></h2><ul><li>one</li><li>two<ul><li>inner</li></ul></li></ul>
            <dl><dt id="term">Term</dt><dd><p>Meaning</p></dd></dl><pre>a
              b</pre></article></main><footer>Imprint</footer></body></html>
            """,
            "a.html");

        sections.Shape().ShouldBe(
        [
            "Title: A page", "Heading: Main & first", "Paragraph: Hello bold\nworld !", "Heading: Lists", "ListItem: one", "ListItem: two", "ListItem: inner",
            "ListItem: Term", "Paragraph: Meaning", "Code: a\n  b",
        ]);
        sections[0].Metadata!["description"].ShouldBe("About it");
        sections[2].Path().ShouldBe("Main & first");
        sections[2].Place.Anchor.ShouldBe("top");
        sections[4].Path().ShouldBe("Main & first > Lists");
        sections[8].Place.Anchor.ShouldBe("term");
    }

    [Fact]
    public async Task ParseAsync_Tables_BecomeRowsBelowTheirHeader()
    {
        var sections = await Parse.TextAsync(
            "<html><body><table><caption>Sizes</caption><thead><tr><th>Name<th>Size</thead><tr id=r1><td>a<td>1<tr><td>b<td>2</table>"
            + "<table role=presentation><tr><td><p>laid out</p></td></tr></table></body></html>",
            "a.html");

        sections.Shape().ShouldBe(["Paragraph: Sizes", "TableRow: a | 1", "TableRow: b | 2", "Paragraph: laid out"]);
        sections[1].TableHeader.ShouldBe("Name | Size");
        sections[1].Place.Row.ShouldBe(1);
        sections[1].Place.Anchor.ShouldBe("r1");
    }

    [Fact]
    public async Task ParseAsync_DocbookPage_HasNoNavigationAndItsNotesAreNoHeadings()
    {
        var sections = await Parse.TextAsync(
            """
            <?xml version="1.0" encoding="UTF-8" standalone="no"?>
            <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html xmlns="http://www.w3.org/1999/xhtml">
            <head><title>2.1. Memory</title></head><body id="docContent">
            <div class="navheader"><table width="100%"><tr><th colspan="3">2.1. Memory</th></tr><tr><td><a accesskey="p" href="x.html">Prev</a></td></tr></table><hr /></div>
            <div class="sect1" id="MEM"><div class="titlepage"><div><div><h2 class="title" style="clear: both">2.1. Memory</h2></div></div></div>
            <div class="toc"><dl class="toc"><dt><span class="sect2"><a href="#A">2.1.1. Part</a></span></dt></dl></div>
            <a id="id-1.2.3" class="indexterm"></a><p>Text of it.</p><div class="note"><h3 class="title">Note</h3><p>Take care.</p></div><p>After.</p></div>
            <div class="navfooter"><hr /><table><tr><td>Next</td></tr></table></div></body></html>
            """,
            "mem.html");

        sections.Shape().ShouldBe(["Title: 2.1. Memory", "Heading: 2.1. Memory", "Paragraph: Text of it.", "Paragraph: Note: Take care.", "Paragraph: After."]);
        sections[^1].Path().ShouldBe("2.1. Memory");
        sections[^1].Place.Anchor.ShouldBe("MEM");
    }

    [Fact]
    public async Task ParseAsync_NothingButNavigation_IsKept() =>
        (await Parse.TextAsync("<html><body><nav><a href=x>Only link</a></nav></body></html>", "a.html")).Shape().ShouldBe(["Paragraph: Only link"]);

    [Fact]
    public async Task ParseAsync_DeepNesting_KeepsTheTextInOrder()
    {
        var html = "<html><body>" + string.Concat(Enumerable.Range(0, 1_000).Select(static n => $"<div>{n} ")) + "</body></html>";
        var text = string.Join(' ', (await Parse.TextAsync(html, "a.html")).Select(static section => section.Text.Trim()));

        text.ShouldBe(string.Join(' ', Enumerable.Range(0, 1_000)));
        (await Parse.TextAsync(html, "a.html")).ShouldAllBe(static section => section.Kind == SectionKind.Paragraph);
    }
}
