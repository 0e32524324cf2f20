using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Actors.Chunking;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.TestKit.Tokenizers;

namespace Sluice.Actors.Tests.Chunking;

public sealed class ChunkingPropertyTests
{
    private const string Header = "⟦name | size⟧";

    private static readonly string[] Fragments =
    [
        "word", "a", "is", "Sentence one ends here. ", "e.g. ", "Dr. ", "3.14 ", "x, y; z: ", "supercalifragilisticexpialidocious", " ", "\n", "\n\n", "\t",
        "... ", "!!!", "?", "\"Quoted.\" ", "日本語の文です。", "文字が続く", "हिन्दी। ", "שלום עולם. ", "مرحبا؟ ", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "e\u0301\u0302", "\u0301",
        "\u200b", "ﷺ", "𝔘𝔫𝔦", "\ud83d", "\ude00", "aGVsbG8gd29ybGQhISE=", "----", "{ }", "foo(bar);", "\u00a0", "\r\n", "a | b | c", "\0",
    ];

    private sealed record Part(int Kind, int Level, string Text, bool Continues);

    private sealed record Sample(ChunkingMode Mode, int Size, int Overlap, int Minimum, bool Headings, Part[] Parts);

    private static readonly Gen<string> TextGen =
        from count in Gen.Choose(1, 60)
        from words in Gen.Elements(Fragments).ArrayOf(count)
        from spaced in Gen.Elements("", " ")
        select string.Join(spaced, words);

    private static readonly Gen<Part> PartGen =
        from kind in Gen.Choose(0, 9)
        from level in Gen.Choose(1, 4)
        from text in TextGen
        from continues in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Part(kind, level, text, continues);

    private static readonly Gen<Sample> SampleGen =
        from mode in Gen.Elements(ChunkingMode.Structure, ChunkingMode.Sentence, ChunkingMode.Fixed)
        from size in Gen.OneOf(Gen.Choose(8, 40), Gen.Choose(41, 512))
        from overlap in Gen.Choose(0, 50)
        from minimum in Gen.Choose(0, 60)
        from headings in Gen.Elements(true, false)
        from count in Gen.Choose(0, 25)
        from parts in PartGen.ArrayOf(count)
        select new Sample(mode, size, overlap, minimum, headings, parts);

    [Fact]
    public void Chunks_AnyDocument_AreExactAndLoseNothing() =>
        Prop.ForAll(SampleGen.ToArbitrary(), Holds).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    private static void Holds(Sample test)
    {
        var documents = Build(test);
        var options = Options(test);
        var chunks = documents.Chunk(options);
        var again = documents.Chunk(options);
        again.Select(static chunk => chunk.Id).ShouldBe(chunks.Select(static chunk => chunk.Id));
        chunks.Select(static chunk => chunk.Id).Distinct().Count().ShouldBe(chunks.Count);

        var whole = documents.Text;
        var covered = new StringBuilder();
        var position = 0L;
        foreach (var chunk in chunks)
        {
            chunk.Tokens.Length.ShouldBeInRange(3, test.Size, $"«{chunk.Text}» at {chunk.Place}");
            chunk.Text.ShouldNotBeNullOrWhiteSpace();
            char.IsWhiteSpace(chunk.Text[^1]).ShouldBeFalse();
            EndsWithTokensOf(chunk).ShouldBeTrue();
            NotTornInsideAPair(chunk, whole);

            var own = whole[(int)chunk.Place.Start..(int)chunk.Place.End];
            chunk.Place.Start.ShouldBeGreaterThanOrEqualTo(position);
            position = chunk.Place.End;
            Bare(chunk.Text).ShouldEndWith(Bare(own), Case.Sensitive);
            covered.Append(Bare(own));
            if (test.Overlap == 0)
            {
                Bare(chunk.Text).ShouldBe(Bare(own));
            }
        }

        covered.ToString().ShouldBe(Bare(whole));
    }

    /// <summary>Whatever lies in front of the text, its tokens end as the text's own do, and never fewer.</summary>
    private static bool EndsWithTokensOf(Chunk chunk)
    {
        var tokens = new TokenBuffer();
        new PieceTokenizer().Encode(chunk.Text, tokens);
        return chunk.Tokens.Length >= tokens.Count - 1 && chunk.Tokens.Span[0] == PieceTokenizer.Open && chunk.Tokens.Span[^1] == PieceTokenizer.Close;
    }

    private static void NotTornInsideAPair(Chunk chunk, string whole)
    {
        foreach (var cut in new[] { (int)chunk.Place.Start, (int)chunk.Place.End })
        {
            if (cut > 0 && cut < whole.Length)
            {
                (char.IsHighSurrogate(whole[cut - 1]) && char.IsLowSurrogate(whole[cut])).ShouldBeFalse();
            }
        }
    }

    private static string Bare(string text)
    {
        var bare = new StringBuilder(text.Length);
        foreach (var rune in text.Replace(Header, "", StringComparison.Ordinal).EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune))
            {
                bare.Append(rune);
            }
        }

        return bare.ToString();
    }

    private static ChunkingOptions Options(Sample test) => new()
    {
        Mode = test.Mode,
        Size = test.Size,
        Overlap = $"{test.Overlap}%",
        MinimumTokens = test.Minimum,
        IncludeHeadings = test.Headings,
    };

    private static Documents Build(Sample test)
    {
        var documents = new Documents().Title("A document of many parts");
        var lastKind = SectionKind.Title;
        var lastHeader = (string?)null;
        foreach (var part in test.Parts)
        {
            var kind = part.Kind switch
            {
                0 => SectionKind.Heading,
                1 or 2 => SectionKind.Code,
                3 => SectionKind.ListItem,
                4 or 5 => SectionKind.TableRow,
                _ => SectionKind.Paragraph,
            };
            if (part.Continues && lastKind is not (SectionKind.Title or SectionKind.Heading))
            {
                // A parser never cuts between surrogates.
                var text = char.IsLowSurrogate(part.Text[0]) ? "x" + part.Text : part.Text;
                documents.Add(lastKind, text, lastHeader, continues: true);
            }
            else if (kind == SectionKind.Heading)
            {
                documents.Heading(part.Level, part.Text[..Math.Min(20, part.Text.Length)]);
                lastKind = kind;
            }
            else
            {
                lastHeader = kind == SectionKind.TableRow && part.Level > 2 ? Header : null;
                documents.Add(kind, part.Text, lastHeader);
                lastKind = kind;
            }
        }

        return documents;
    }
}
