using Sluice.Actors.Chunking;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Chunking;

[Collection(MemoryCollection.Name)]
public sealed class EndlessChunkingTests
{
    [Theory]
    [InlineData(ChunkingMode.Structure)]
    [InlineData(ChunkingMode.Sentence)]
    [InlineData(ChunkingMode.Fixed)]
    public void Add_EndlessLineWithoutSpaces_FlowsInBoundedMemory(ChunkingMode mode)
    {
        var session = Documents.Chunker(new ChunkingOptions { Mode = mode, Size = 128 }).Begin(Documents.Id);
        var section = new Section(SectionKind.Paragraph, new string('x', Section.MaxLength), new Place(0, Section.MaxLength)) { Continues = true };
        var ready = new List<Chunk>();
        var before = 0L;
        for (var number = 0; number < 600; number++)
        {
            session.Add(section, ready);
            ready.Count.ShouldBeInRange(20, 120, "a section's text leaves soon after it came");
            ready.Clear();
            if (number == 100)
            {
                before = GC.GetTotalMemory(forceFullCollection: true);
            }
        }

        // 16 million characters later: no more than what counting occurrences holds.
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(8 << 20);
        session.Complete(ready);
        ready.Count.ShouldBeLessThan(4);
    }

    [Fact]
    public void Add_WordOfAMegabyteInOneSection_IsCutExactly()
    {
        var word = string.Concat(Enumerable.Range(0, 50_000).Select(static number => $"{number:x8}").Concat(Enumerable.Repeat("👩‍👩‍👧‍👦e\u0301", 50_000)));
        var chunks = new Documents().Paragraph(word).Chunk(new ChunkingOptions { Size = 96, Overlap = "0" });

        string.Concat(chunks.Select(static chunk => chunk.Text)).ShouldBe(word);
        chunks.ShouldAllBe(static chunk => chunk.Tokens.Length <= 96);
        chunks.Count(static chunk => chunk.Text[0] is '\u200d' or '\u0301').ShouldBeLessThan(100, "what a reader takes for one character stays whole where it can");
    }

    [Fact]
    public void Add_TextTheModelCannotRead_IsBoundedInCharactersToo()
    {
        var section = new string('-', Section.MaxLength); // One token, whatever its length.
        var chunks = new Documents().Paragraph(section).Chunk(new ChunkingOptions { Size = 64, Overlap = "0" });

        chunks.ShouldAllBe(static chunk => chunk.Text.Length <= 64 * 16);
        chunks.Sum(static chunk => chunk.Text.Length).ShouldBe(section.Length);
    }

    [Fact]
    public void Add_OnlyBlankSections_GivesNoChunk()
    {
        new Documents().Title("Only a title").Paragraph(" \n\t").Code("\u00a0\n").Chunk(new ChunkingOptions { Size = 64 }).ShouldBeEmpty();
    }
}
