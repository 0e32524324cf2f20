using Sluice.Actors.Tests.Embedding;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class UnigramTokenizerVectorTests
{
    [Theory]
    [InlineData("tokenizer_vectors.json", 25)]
    [InlineData("tokenizer_fuzz.json", 2000)]
    [InlineData("reference_embeddings.json", 15)]
    public async Task Encode_TextsOfTheOriginal_GivesItsIds(string file, int count)
    {
        var tokenizer = await TokenizerOf.OriginalAsync();
        var tokens = new TokenBuffer();
        var texts = ReferenceData.Read(file);
        texts.Count.ShouldBe(count);
        foreach (var text in texts)
        {
            tokenizer.Encode(text.Text, tokens);
            tokens.Ids.ToArray().ShouldBe(text.Ids, $"{file}: '{text.Text}'");
        }
    }

    [Fact]
    public async Task Encode_AllTextsAsOne_EqualsASearchWithoutAWindow()
    {
        var text = string.Concat(ReferenceData.Read("tokenizer_fuzz.json").Select(static text => text.Text));
        var tokenizer = await TokenizerOf.OriginalAsync();
        var tokens = new TokenBuffer();
        tokenizer.Encode(text, tokens);
        tokens.Ids.ToArray().ShouldBe(SlowUnigram.Encode(await TokenizerOf.VocabularyAsync(), text));
    }
}
