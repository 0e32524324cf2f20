using System.Text.Json.Nodes;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class HuggingFaceVectorTests
{
    public static TheoryData<string> Families => [.. HuggingFaceVectors.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void Encode_TextsOfTheOriginal_GiveItsIds(string family)
    {
        var tokenizer = HuggingFaceVectors.Load(family);
        var tokens = new TokenBuffer();
        var texts = HuggingFaceVectors.Texts;
        texts.Length.ShouldBe(305);
        for (var pass = 0; pass < 2; pass++)
        {
            // The second time words are remembered.
            for (var i = 0; i < texts.Length; i++)
            {
                tokenizer.Encode(texts[i], tokens);
                tokens.Ids.ToArray().ShouldBe(HuggingFaceVectors.Ids(family, i), $"text {i}: {texts[i]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Encode_EveryCodePoint_GivesTheIdsOfTheOriginal(string family)
    {
        var tokenizer = HuggingFaceVectors.Load(family);
        var tokens = new TokenBuffer();
        var wrong = new List<string>();
        var blocks = HuggingFaceVectors.Blocks(family);
        for (var block = 0; block < blocks.Length; block++)
        {
            tokenizer.Encode(HuggingFaceVectors.Block(block), tokens);
            if (HuggingFaceVectors.Hash(tokens.Ids) != blocks[block])
            {
                wrong.Add($"U+{block:X}00");
            }
        }

        blocks.Length.ShouldBe(0x335);
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Encode_AnyText_RangesLieInItAndRise(string family)
    {
        var tokenizer = HuggingFaceVectors.Load(family);
        var tokens = new TokenBuffer();
        foreach (var text in HuggingFaceVectors.Texts)
        {
            tokenizer.Encode(text, tokens);
            for (var i = 0; i < tokens.Count; i++)
            {
                tokens.Starts[i].ShouldBeInRange(0, tokens.Ends[i]);
                tokens.Ends[i].ShouldBeLessThanOrEqualTo(text.Length);
                if (i > 0)
                {
                    tokens.Starts[i].ShouldBeGreaterThanOrEqualTo(tokens.Starts[i - 1]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Encode_FromManyThreads_IsTheSame(string family)
    {
        var tokenizer = HuggingFaceVectors.Load(family);
        var texts = HuggingFaceVectors.Texts;
        var wrong = 0;
        Parallel.For(0, 4, _ =>
        {
            var tokens = new TokenBuffer();
            for (var i = 0; i < texts.Length; i++)
            {
                tokenizer.Encode(texts[i], tokens);
                if (!tokens.Ids.SequenceEqual(HuggingFaceVectors.Ids(family, i)))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        });
        wrong.ShouldBe(0);
    }

    [Fact]
    public void Load_VocabularyTextAlone_GivesTheIdsOfTheWholeFile()
    {
        var json = JsonNode.Parse(HuggingFaceVectors.File("bert-uncased"))!;
        var vocabulary = json["model"]!["vocab"]!.AsObject().OrderBy(static entry => entry.Value!.GetValue<int>()).Select(static entry => entry.Key);
        var folder = Directory.CreateTempSubdirectory("sluice-tokenizer-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "vocab.txt"), string.Join('\n', vocabulary) + "\n");
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"do_lower_case":true,"tokenizer_class":"BertTokenizer"}""");
            var tokenizer = TokenizerLoader.Load(folder.FullName);
            var tokens = new TokenBuffer();
            var texts = HuggingFaceVectors.Texts;
            for (var i = 0; i < texts.Length; i++)
            {
                tokenizer.Encode(texts[i], tokens);
                tokens.Ids.ToArray().ShouldBe(HuggingFaceVectors.Ids("bert-uncased", i), $"text {i}: {texts[i]}");
            }

            var lower = tokenizer.Fingerprint;
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"do_lower_case":false}""");
            var cased = TokenizerLoader.Load(folder.FullName);
            cased.Fingerprint.ShouldNotBe(lower);
            cased.Encode("THE", tokens);
            var upper = tokens.Ids.ToArray();
            cased.Encode("the", tokens);
            tokens.Ids.ToArray().ShouldNotBe(upper);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
