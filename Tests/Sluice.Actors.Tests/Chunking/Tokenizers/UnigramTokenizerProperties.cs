using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class UnigramTokenizerProperties
{
    private static readonly string[] Pieces =
    [
        "a", "the ", " ", "  ", "\n", "\u2019", "'", ":", ":30", "\uFB01", "e\u0301", "\u0301", "\u0323\u0307", "\uFF21", "\u00BD", "\u2026", "\u4E2D", "\uAC00", "\u1100\u1161", "\u11A8",
        "\uFF76\uFF9E", "\u0915\u094D\u0937", "\U0001F600", "\U0001D400", "\U00016D67", "\uFDFA", "\u00A8", "\u00A0", "\u3000", "\u2581", "\u200B", "Hello", "ing", "supercalifragilistic", "\uFFFD",
    ];

    private static Arbitrary<string> Texts => Gen.Elements(Pieces).ListOf().Select(string.Concat).ToArbitrary();

    [Fact]
    public async Task Encode_AnyText_EqualsTheSlowSearch()
    {
        var tokenizer = await TokenizerOf.OriginalAsync();
        var vocabulary = await TokenizerOf.VocabularyAsync();
        Prop.ForAll(Texts, text =>
        {
            var tokens = new TokenBuffer();
            tokenizer.Encode(text, tokens);
            tokens.Ids.ToArray().ShouldBe(SlowUnigram.Encode(vocabulary, text));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(200));
    }

    [Fact]
    public async Task Encode_AnyText_OffsetsRiseAndCoverTheText()
    {
        var tokenizer = await TokenizerOf.OriginalAsync();
        Prop.ForAll(Texts, text =>
        {
            var tokens = new TokenBuffer();
            tokenizer.Encode(text, tokens);
            var covered = 0;
            for (var i = 0; i < tokens.Count; i++)
            {
                tokens.Starts[i].ShouldBeLessThanOrEqualTo(covered, "a gap");
                tokens.Starts[i].ShouldBeGreaterThanOrEqualTo(i == 0 ? 0 : tokens.Starts[i - 1]);
                tokens.Ends[i].ShouldBeGreaterThanOrEqualTo(covered);
                covered = tokens.Ends[i];
            }

            covered.ShouldBe(text.Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(200));
    }

    [Fact]
    public async Task Encode_AnyTextCleaned_OffsetsLeadBackToWhatThePieceSays()
    {
        var tokenizer = await TokenizerOf.DefaultModelAsync();
        var vocabulary = await TokenizerOf.VocabularyAsync();
        Prop.ForAll(Texts, text =>
        {
            var tokens = new TokenBuffer();
            tokenizer.Encode(text, tokens);
            for (var i = 0; i < tokens.Count; i++)
            {
                if (tokens.Ids[i] != 0)
                {
                    // A piece may be part of what a few original characters became together, never more than that.
                    var original = text[tokens.Starts[i]..tokens.Ends[i]].Replace('\u2019', '\'').Normalize(NormalizationForm.FormKC);
                    var piece = vocabulary[tokens.Ids[i]].Piece.Trim('\u2581');
                    string.Join(' ', original.Split()).ShouldContain(piece, Case.Sensitive);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(200));
    }
}
