using System.Text;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class TokenizerLoaderTests
{
    private const string Vocabulary = """[["<unk>",0],["<s>",0],["</s>",0],["\u2581",-3],["\u2581ab",-1],["a",-2],["b",-2],["ab",-1.5]]""";

    [Theory]
    [InlineData("{\n\n!", "line 3 is not valid JSON")]
    [InlineData("""{"model":{"type":"Magic"}}""", """type 'Magic', which Sluice does not know""")]
    [InlineData("""{"a":1}""", """no 'model.type'""")]
    [InlineData("""[1]""", """no 'model.type'""")]
    [InlineData("""{"a":1,"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """it asks for 'a'""")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{}}}""", """the vocabulary is empty""")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{"a":0}}}""", """'model.unk_token' must name an entry of the vocabulary, which '[UNK]' is not""")]
    [InlineData("""{"model":{"type":"WordPiece","unk_token":"a","vocab":{"a":-1}}}""", """the id of 'a' is not""")]
    [InlineData("""{"model":{"type":"WordPiece","unk_token":"a","vocab":[["a",0]]}}""", """'model.vocab' is to be ids by token""")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[]}}""", """the vocabulary is empty""")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":9,"vocab":[["a",0]]}}""", """'model.unk_id' must name an entry""")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":null,"vocab":[["a",0]]}}""", """'model.unk_id' must name an entry""")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[["a"]]}}""", """not laid out as the tokenizers library writes it""")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":{"a":1}}}""", """not laid out as the tokenizers library writes it""")]
    [InlineData("""{"model":{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}}""", """dropout, which makes ids random (at 'model.dropout')""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", """the merge of 'a' and 'b'""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["ab"]}}""", """pairs of tokens, which 'ab' is not""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}""", """'model.merges' is to be pairs of tokens""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"new_rule":true}}""", """the setting 'new_rule' of BPE (at 'model.new_rule')""")]
    [InlineData("""{"normalizer":{"type":"Precompiled","precompiled_charsmap":"x"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'normalizer.precompiled_charsmap' is to be the character map""")]
    [InlineData("""{"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Rot13"}]},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """the normalizer Rot13 (at 'normalizer.normalizers[1]')""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"\\bx"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'\b' at character""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"(?<n>x)"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'(?<n' at character 0""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"^x"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'^' at character 0""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"\\p{Han}"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'\p{Han}' at character""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"[a&&b]"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'& inside a class'""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Regex":"(x"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """a group that is not closed""")]
    [InlineData("""{"normalizer":{"type":"Replace","pattern":{"Glob":"*"},"content":""},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """a 'String' or a 'Regex'""")]
    [InlineData("""{"normalizer":{"type":"BertNormalizer","lowercase":"yes"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'normalizer.lowercase' is to be true or false""")]
    [InlineData("""{"pre_tokenizer":{"type":"UnicodeScripts"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """the pre-tokenizer UnicodeScripts (at 'pre_tokenizer')""")]
    [InlineData("""{"pre_tokenizer":{"type":"Metaspace","replacement":"ab"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """a Metaspace replacement that is not one character""")]
    [InlineData("""{"pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"twice"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """the prepend scheme 'twice'""")]
    [InlineData("""{"pre_tokenizer":{"type":"ByteLevel","vertical":true},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}""", """the setting 'vertical' of ByteLevel""")]
    [InlineData("""{"pre_tokenizer":{"type":"Punctuation","behavior":"Doubled"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """the behavior 'Doubled'""")]
    [InlineData("""{"post_processor":{"type":"BertProcessing"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """'post_processor.cls' is to be a list""")]
    [InlineData("""{"post_processor":{"type":"Signature"},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """the post-processor Signature""")]
    [InlineData("""{"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":1}}]},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """a token type other than 0 for the text""")]
    [InlineData("""{"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}]},"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """a template that takes anything but one text""")]
    [InlineData("""{"added_tokens":[{"id":7,"content":"a"}],"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}""", """the added token 'a' has the id 7, and in the vocabulary the id 0""")]
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
        tokens.Ids.ToArray().ShouldBe([1], "a special token in a text is one, as in the original");
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
            File.WriteAllText(Path.Combine(folder.FullName, "spiece.model"), "");
            var message = Should.Throw<ModelException>(() => TokenizerLoader.Load(folder.FullName)).Message;
            message.ShouldContain("there is a spiece.model (SentencePiece) and no tokenizer.json");
            message.ShouldContain("save_pretrained");
            File.WriteAllText(Path.Combine(folder.FullName, "vocab.txt"), "a");
            Should.Throw<ModelException>(() => TokenizerLoader.Load(folder.FullName)).Message.ShouldContain("it has no line '[UNK]' (unk_token)");
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"tokenizer_class":"MagicTokenizer"}""");
            File.WriteAllText(Path.Combine(folder.FullName, "vocab.txt"), "[UNK]\n[CLS]\n[SEP]\na\n");
            Should.Throw<ModelException>(() => TokenizerLoader.Load(folder.FullName)).Message.ShouldContain("the tokenizer MagicTokenizer from a vocab.txt alone");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ITokenizer Parse(string json) => TokenizerLoader.Parse(Encoding.UTF8.GetBytes(json), null, "tokenizer.json");
}
