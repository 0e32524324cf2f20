using Sluice.Actors.Chunking;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Chunking;

public sealed class ImageChunkerTests
{
    private static readonly DocumentId s_document = DocumentId.FromUri("file:///book.pdf");

    [Fact]
    public void Add_PagesOfADocument_BecomeAChunkEach()
    {
        var chunks = Cut(
            new Section(SectionKind.Title, " Weirs ", new Place(0, 0)) { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada", ["pages"] = "2" } },
            Page(1, "first", 10),
            new Section(SectionKind.Paragraph, "no image", new Place(0, 8)),
            Page(2, "second", 20) with { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["pages"] = "two" } });
        chunks.Select(static chunk => chunk.Text).ShouldBe(["first", "second"]);
        chunks.Select(static chunk => chunk.Place.Page).ShouldBe([1, 2]);
        chunks.ShouldAllBe(static chunk => chunk.Title == "Weirs" && chunk.Tokens.IsEmpty && chunk.Positions == 5);
        chunks[0].Metadata!["pages"].ShouldBe("2");
        chunks[1].Metadata!["pages"].ShouldBe("two");
        chunks[1].Metadata!["author"].ShouldBe("Ada");
        chunks[0].Weight.ShouldBeGreaterThan(12);
    }

    [Fact]
    public void Add_PictureWithoutText_ShowsTheTitleAndKeepsItsIdWhateverThatIs()
    {
        var one = Cut(new Section(SectionKind.Title, "one.png", new Place(0, 0)), Page(1, "", 9)).ShouldHaveSingleItem();
        var other = Cut(new Section(SectionKind.Title, "other.png", new Place(0, 0)), Page(1, "", 9)).ShouldHaveSingleItem();
        one.Text.ShouldBe("one.png");
        other.Text.ShouldBe("other.png");
        other.Id.ShouldBe(one.Id);
        PlaceHash.Of(other).ShouldNotBe(PlaceHash.Of(one), "what is shown is changed in the database");
    }

    [Fact]
    public void Add_SamePixelsAndText_KeepTheId()
    {
        var before = Cut(Page(1, "a", 1), Page(2, "a", 1), Page(3, "a", 2));
        before.Select(static chunk => chunk.Id).Distinct().Count().ShouldBe(3);
        var after = Cut(Page(1, "new", 7), Page(2, "a", 1), Page(3, "a", 1), Page(4, "a", 3));
        after[1].Id.ShouldBe(before[0].Id, "it has moved by a page, and looks the same");
        after[2].Id.ShouldBe(before[1].Id);
        after[3].Id.ShouldNotBe(before[2].Id, "it looks different");
    }

    private static List<Chunk> Cut(params Section[] sections)
    {
        var chunks = new List<Chunk>();
        var session = new ImageChunker().Begin(s_document);
        foreach (var section in sections)
        {
            session.Add(section, chunks);
        }

        session.Complete(chunks);
        return chunks;
    }

    private static Section Page(int number, string text, byte colour) =>
        new(SectionKind.Image, text, new Place(0, text.Length) { Page = number }) { Image = new PreparedImage(2, 2, Enumerable.Repeat(colour, 12).ToArray(), 5) };
}
