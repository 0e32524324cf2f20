using Sluice.Streams.Chunks;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

[Collection(MemoryCollection.Name)]
public sealed class UnigramTokenizerTests
{
    [Theory]
    [InlineData("  two\r\n\r\n lines\u00A0\u2028here \t", "two lines here")]
    [InlineData("don\u2019t", "don't")]
    [InlineData("a\u3000\u2003b", "a b")]
    [InlineData("\v\f\u0085x", "x")]
    public async Task Encode_UncleanText_GivesTheIdsOfTheCleanOne(string unclean, string clean)
    {
        var tokenizer = await TokenizerOf.DefaultModelAsync();
        var expected = new TokenBuffer();
        tokenizer.Encode(clean, expected);
        var tokens = new TokenBuffer();
        tokenizer.Encode(unclean, tokens);
        tokens.Ids.ToArray().ShouldBe(expected.Ids.ToArray());
        tokens.Starts[0].ShouldBe(unclean.IndexOfAny(clean.ToCharArray(0, 1)));
        tokens.Ends[^1].ShouldBe(unclean.LastIndexOf(clean[^1]) + 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\r\n\t\u00A0\u2029")]
    public async Task Encode_NothingButWhiteSpace_GivesNoTokens(string text)
    {
        var tokens = new TokenBuffer();
        tokens.Add(1, 2, 3);
        (await TokenizerOf.DefaultModelAsync()).Encode(text, tokens);
        tokens.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Encode_Words_EachTokenIsTheTextItWasMadeFrom()
    {
        const string text = "Hello,  world \uFB01ne cafe\u0301 \U0001F600!";
        var tokens = new TokenBuffer();
        (await TokenizerOf.DefaultModelAsync()).Encode(text, tokens);
        var parts = Enumerable.Range(0, tokens.Count).Select(i => text[tokens.Starts[i]..tokens.Ends[i]]).ToArray();
        parts.ShouldBe(["H", "ello", ",", "  world", " \uFB01ne", " ca", "f", "e\u0301", " ", "\U0001F600", "!"], string.Join('|', parts));
    }

    [Theory]
    [InlineData("\uD800")]
    [InlineData("\uDC00\uD800 x")]
    [InlineData("a\uD83D")]
    [InlineData("\uD800\u0301\u0301")]
    [InlineData("\uFFFE\uFFFF\uFFFD\0")]
    [InlineData("\uFFFE\u0301")]
    [InlineData("a\u0301\uD800\u0301")]
    [InlineData("\u1100\u1161\u11A8\uFFA1")]
    [InlineData("\uFDFA\uFDFA")]
    [InlineData("<s></s>extra_token_id_1")]
    public async Task Encode_HostileText_IsTakenWithoutReservedIds(string text)
    {
        foreach (var tokenizer in new[] { await TokenizerOf.DefaultModelAsync(), await TokenizerOf.OriginalAsync() })
        {
            var tokens = new TokenBuffer();
            tokenizer.Encode(text, tokens);
            tokens.Count.ShouldBeGreaterThan(0);
            tokens.Ids.ToArray().ShouldAllBe(static id => id == 0 || id > 5);
            tokens.Ends[^1].ShouldBe(text.Length);
        }
    }

    [Theory]
    [InlineData("a", 1 << 20)]
    [InlineData("\u0301", 1 << 20)]
    [InlineData("\u0301\u0334", 1 << 20)]
    [InlineData("\uFDFA", 1 << 16)]
    [InlineData("\u4E2D", 1 << 20)]
    [InlineData("\U0001F600", 1 << 20)]
    [InlineData("ab ", 1 << 20)]
    public async Task Encode_LongText_TakesBoundedMemory(string unit, int characters)
    {
        var text = string.Concat(Enumerable.Repeat(unit, characters / unit.Length));
        var tokenizer = await TokenizerOf.DefaultModelAsync();
        var tokens = new TokenBuffer();
        tokenizer.Encode(text, tokens);
        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(text, tokens);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4096);
        tokens.Ends[^1].ShouldBe(text.TrimEnd().Length);
    }

    [Fact]
    public async Task Encode_ManyThreads_EachGetsItsOwnTokens()
    {
        var tokenizer = await TokenizerOf.DefaultModelAsync();
        string[] texts = ["The quick brown fox", "jumps over the lazy dog, twice", "\u0440\u0443\u0441\u0441\u043A\u0438\u0439 text", "a"];
        var expected = texts.Select(text => Ids(tokenizer, text)).ToArray();
        Parallel.For(0, 2000, i => Ids(tokenizer, texts[i % 4]).ShouldBe(expected[i % 4]));
    }

    [Fact]
    public async Task Fingerprint_WithAndWithoutCleaning_Differs()
        => (await TokenizerOf.DefaultModelAsync()).Fingerprint.ShouldNotBe((await TokenizerOf.OriginalAsync()).Fingerprint);

    private static int[] Ids(ITokenizer tokenizer, string text)
    {
        var tokens = new TokenBuffer();
        tokenizer.Encode(text, tokens);
        return tokens.Ids.ToArray();
    }
}
