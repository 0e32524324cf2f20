using Sluice.Actors.Chunking;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.TestKit.Tokenizers;

namespace Sluice.Actors.Tests.Chunking;

public sealed class ChunkersTests
{
    [Fact]
    public void Options_Defaults_AreDocumentedOnes()
    {
        var options = new ChunkingOptions();

        options.Mode.ShouldBe(ChunkingMode.Structure);
        options.Size.ShouldBe(0);
        options.Overlap.ShouldBe("10%");
        options.MinimumTokens.ShouldBe(24);
        options.IncludeHeadings.ShouldBeTrue();
    }

    [Theory]
    [InlineData(7, "10%", "sluice.chunking.size is 7; the model test takes 8 to 128 tokens. Choose a size in that range, or 0 for all the model can take.")]
    [InlineData(129, "10%", "sluice.chunking.size is 129; the model test takes 8 to 128 tokens. Choose a size in that range, or 0 for all the model can take.")]
    [InlineData(64, "51%", "sluice.chunking.overlap is '51%'; at most half of the size is possible: 32 tokens, or 50%.")]
    [InlineData(64, "33", "sluice.chunking.overlap is '33'; at most half of the size is possible: 32 tokens, or 50%.")]
    [InlineData(64, "9999999%", "sluice.chunking.overlap is '9999999%'; at most half of the size is possible: 32 tokens, or 50%.")]
    [InlineData(64, "some", "sluice.chunking.overlap is 'some'; write tokens (16) or a share of the size (10%).")]
    [InlineData(64, "-1", "sluice.chunking.overlap is '-1'; write tokens (16) or a share of the size (10%).")]
    public void Create_BadOption_SaysWhatIsLegal(int size, string overlap, string message)
    {
        Should.Throw<ConfigurationException>(() => Documents.Chunker(new ChunkingOptions { Size = size, Overlap = overlap }, maxTokens: 128))
            .Message.ShouldBe(message);
    }

    [Fact]
    public void Create_PromptLeavesNoRoom_SaysWhichSizeWould()
    {
        Should.Throw<ConfigurationException>(() => Documents.Chunker(new ChunkingOptions { Size = 8 }, prompt: "a passage about something: "))
            .Message.ShouldContain("choose a size of at least");
    }

    [Fact]
    public void Create_SmallestSizes_Work()
    {
        new Documents().Paragraph("One two three four five six seven.").Chunk(new ChunkingOptions { Size = 8, Overlap = " 4 ", MinimumTokens = 0 })
            .ShouldAllBe(static chunk => chunk.Tokens.Length <= 8);
    }

    [Fact]
    public void Fingerprint_AnyOptionDiffers_Differs()
    {
        var variants = new[]
        {
            new ChunkingOptions(),
            new ChunkingOptions { Mode = ChunkingMode.Fixed },
            new ChunkingOptions { Size = 64 },
            new ChunkingOptions { Overlap = "20%" },
            new ChunkingOptions { MinimumTokens = 5 },
            new ChunkingOptions { IncludeHeadings = false },
        };

        variants.Select(static options => Documents.Chunker(options).Fingerprint).Append(Documents.Chunker(new ChunkingOptions(), prompt: "p: ").Fingerprint)
            .ShouldBeUnique();
        Documents.Chunker(new ChunkingOptions { Size = 512 }).Fingerprint.ShouldBe(Documents.Chunker(new ChunkingOptions()).Fingerprint, "the same cuts");
    }

    [Fact]
    public void Begin_ModelWithPrompt_CountsIt()
    {
        var session = Documents.Chunker(new ChunkingOptions { Size = 32 }, prompt: "passage: ").Begin(Documents.Id);
        var chunks = new List<Chunk>();
        foreach (var section in new Documents().Paragraph("The gate opens.").Sections)
        {
            session.Add(section, chunks);
        }

        session.Complete(chunks);

        var expected = new TokenBuffer();
        new PieceTokenizer().Encode("passage: The gate opens.", expected);
        chunks.ShouldHaveSingleItem().Tokens.ToArray().ShouldBe(expected.Ids.ToArray());
        chunks[0].Text.ShouldBe("The gate opens.");
    }

    [Fact]
    public void Fixed_Words_FillEachChunk()
    {
        var text = string.Join(" ", Enumerable.Range(100, 400).Select(static number => $"word{number}"));
        var chunks = new Documents().Heading(1, "Head").Paragraph(text).Heading(1, "Foot").Paragraph(text)
            .Chunk(new ChunkingOptions { Mode = ChunkingMode.Fixed, Size = 50, Overlap = "0", MinimumTokens = 0, IncludeHeadings = false });

        chunks.SkipLast(1).ShouldAllBe(static chunk => chunk.Tokens.Length >= 45);
    }

    [Fact]
    public void Sentence_Document_IgnoresHeadingsAndKeepsSentences()
    {
        var chunks = new Documents().Heading(1, "Intake").Paragraph("One is here. Two is here.").Heading(1, "Outlet").Paragraph("Three is here.")
            .Chunk(new ChunkingOptions { Mode = ChunkingMode.Sentence, Size = 64 });

        chunks.ShouldHaveSingleItem().Text.ShouldBe("Intake\n\nOne is here. Two is here.\n\nOutlet\n\nThree is here.");
    }
}
