using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class BpeModelTests
{
    private static readonly string[] Tokens = ["?", "a", "b", "c", "_", "ab", "ba", "abc", "_a", "aa", "aaaa", "cc", "_ab", "bc", "abab"];
    private static readonly (string Left, string Right)[] Merges = [("a", "b"), ("b", "a"), ("_", "a"), ("ab", "c"), ("a", "a"), ("aa", "aa"), ("c", "c"), ("_a", "b"), ("b", "c"), ("ab", "ab")];

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Encode_AnyPiece_IsWhatMergingOneByOneGives(bool hasUnknown, bool fuses)
    {
        var settings = new BpeSettings { UnknownId = hasUnknown ? 0 : -1, FusesUnknown = fuses };
        var model = Build(settings);
        var state = model.CreateState();
        var tokens = new TokenBuffer();
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, 1 + random.Next(i % 3 == 0 ? 120 : 20)).Select(_ => "abc_aabx"[random.Next(8)]));
            var places = Enumerable.Range(0, text.Length + 1).ToArray();
            tokens.Clear();
            model.Encode(text, places.AsSpan(0, text.Length), places.AsSpan(1), state, tokens);
            tokens.Ids.ToArray().ShouldBe(Slow(text, settings), text);
        }
    }

    [Fact]
    public void Encode_VeryLongPieceThatCannotBeCut_TakesTimeInProportion()
    {
        var model = Build(new BpeSettings { UnknownId = 0 });
        var text = new string('a', 1_000_000);
        var places = Enumerable.Range(0, text.Length + 1).ToArray();
        var tokens = new TokenBuffer();
        model.Encode(text, places.AsSpan(0, text.Length), places.AsSpan(1), model.CreateState(), tokens);
        tokens.Count.ShouldBe(250_000);
        tokens.Ends[^1].ShouldBe(text.Length);
    }

    private static BpeModel Build(BpeSettings settings)
    {
        var vocabulary = new Vocabulary(Tokens.Select(static (token, id) => KeyValuePair.Create(token, id)).ToDictionary(StringComparer.Ordinal));
        var merges = new PairTable(Merges.Length);
        for (var rank = 0; rank < Merges.Length; rank++)
        {
            var (left, right) = Merges[rank];
            merges.Set(vocabulary.Find(left), vocabulary.Find(right), rank, vocabulary.Find(left + right));
        }

        return new BpeModel(vocabulary, merges, settings);
    }

    private static int[] Slow(string text, BpeSettings settings)
    {
        var symbols = new List<string>();
        foreach (var character in text)
        {
            if (Tokens.Contains(character.ToString()))
            {
                symbols.Add(character.ToString());
            }
            else if (settings.UnknownId >= 0 && !(settings.FusesUnknown && symbols.Count > 0 && symbols[^1] == "?"))
            {
                symbols.Add("?");
            }
        }

        while (true)
        {
            var possible = Enumerable.Range(0, Math.Max(0, symbols.Count - 1)).Select(i => (Rank: Array.IndexOf(Merges, (symbols[i], symbols[i + 1])), Index: i)).Where(static merge => merge.Rank >= 0).ToList();
            if (possible.Count == 0)
            {
                return [.. symbols.Select(static symbol => Array.IndexOf(Tokens, symbol))];
            }

            var (_, index) = possible.Min();
            symbols[index] += symbols[index + 1];
            symbols.RemoveAt(index + 1);
        }
    }
}
