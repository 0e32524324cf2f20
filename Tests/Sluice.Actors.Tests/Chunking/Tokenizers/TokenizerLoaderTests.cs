using System.Text;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class TokenizerLoaderTests
{
    private const string Vocabulary = """[["<unk>",0],["<s>",0],["</s>",0],["\u2581",-3],["\u2581ab",-1],["a",-2],["b",-2],["ab",-1.5]]""";

    [Theory]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{}}}""", "type WordPiece, which Sluice does not read yet")]
    [InlineData("""{"model":{"type":"BPE","vocab":{}}}""", "type BPE, which Sluice does not read yet")]
    [InlineData("""{"model":{"type":"Magic"}}""", "type 'Magic', which Sluice does not know")]
    [InlineData("""{"a":1}""", "no 'model.type'")]
    [InlineData("[1]", "no 'model.type'")]
    [InlineData("{\n\n!", "line 3 is not valid JSON")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[]}}""", "the vocabulary is empty")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":9,"vocab":[["a",0]]}}""", "'model.unk_id' must name an entry")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":null,"vocab":[["a",0]]}}""", "'model.unk_id' must name an entry")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[["a"]]}}""", "not laid out as the tokenizers library writes it")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":{"a":1}}}""", "not laid out as the tokenizers library writes it")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]],"byte_fallback":true}}""", "model.byte_fallback = true")]
    [InlineData("""{"normalizer":{"type":"Precompiled","precompiled_charsmap":"x"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", "the normalizer {\"type\":\"Precompiled\"")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", "without stripping it")]
    [InlineData("""{"pre_tokenizer":{"type":"Whitespace"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", "the pre-tokenizer Whitespace")]
    [InlineData("""{"post_processor":{"type":"BertProcessing"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", "the post-processor BertProcessing")]
    [InlineData("""{"added_tokens":[{"id":0,"content":"new","special":false}],"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", "the added token 'new' that is not special")]
    public void Parse_WhatItCannotUse_IsNamed(string json, string words)
    {
        var message = Should.Throw<ModelException>(() => Parse(json)).Message;
        message.ShouldStartWith("tokenizer.json: ");
        message.ShouldContain(words);
    }

    [Fact]
    public void Parse_MetaspaceAndTemplate_AddsThem()
    {
        var tokenizer = Parse($$$$"""
            {
              "added_tokens": [{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true},{"id":2,"content":"</s>","special":true}],
              "normalizer": {"type":"NFKC"},
              "pre_tokenizer": {"type":"Sequence","pretokenizers":[{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}]},
              "post_processor": {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
                "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}},
              "model": {"type":"Unigram","unk_id":0,"vocab":{{{{Vocabulary}}}}}
            }
            """);
        tokenizer.SpecialTokenCount.ShouldBe(2);
        var tokens = new TokenBuffer();
        tokenizer.Encode("ab ab!", tokens);
        tokens.Ids.ToArray().ShouldBe([1, 4, 4, 0, 2]);
        tokens.Starts.ToArray().ShouldBe([0, 0, 2, 5, 6]);
        tokens.Ends.ToArray().ShouldBe([0, 2, 5, 6, 6]);
        tokenizer.Encode("\u2581ab", tokens, addSpecialTokens: false);
        tokens.Ids.ToArray().ShouldBe([4], "nothing is put before a text that begins with it");
        tokenizer.Encode("<s>", tokens, addSpecialTokens: false);
        tokens.Ids.ToArray().ShouldBe([3, 0], "text is never taken for a special token");
    }

    [Fact]
    public void Parse_NoPieceForACharacter_PrefersThePiecesToTheUnknown()
    {
        var tokens = new TokenBuffer();
        Parse("""{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["xy",-50],["x",-1]]}}""").Encode("xyyx", tokens);
        tokens.Ids.ToArray().ShouldBe([1, 0, 2]);
    }

    [Fact]
    public void Load_FolderWithoutFile_SaysWhatIsMissing()
    {
        var folder = Directory.CreateTempSubdirectory("sluice-tokenizer-");
        try
        {
            Should.Throw<ModelException>(() => TokenizerLoader.Load(folder.FullName)).Message.ShouldContain("there is no tokenizer.json");
            File.WriteAllText(Path.Combine(folder.FullName, "vocab.txt"), "a");
            Should.Throw<ModelException>(() => TokenizerLoader.Load(folder.FullName)).Message.ShouldContain("only a vocab.txt (WordPiece)");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ITokenizer Parse(string json) => TokenizerLoader.Parse(Encoding.UTF8.GetBytes(json), null, "tokenizer.json");
}
