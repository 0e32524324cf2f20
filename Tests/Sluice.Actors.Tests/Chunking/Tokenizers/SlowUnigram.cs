using System.Text;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

/// <summary>The default model's tokenizer written for being seen to be right: whole strings, no window, no tree.</summary>
internal static class SlowUnigram
{
    public static int[] Encode(IReadOnlyList<(string Piece, double Score)> vocabulary, string text)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 6; id < vocabulary.Count; id++)
        {
            ids[vocabulary[id].Piece] = id;
        }

        var longest = vocabulary.Max(static entry => entry.Piece.Length);
        text = text.Normalize(NormalizationForm.FormKC);
        if (text.Length == 0)
        {
            return [];
        }

        text = "\u2581" + text.Replace(' ', '\u2581');
        var best = new double?[text.Length + 1];
        var back = new (int Start, int Id)[text.Length + 1];
        best[0] = 0;
        for (var start = 0; start < text.Length; start += char.IsSurrogatePair(text, start) ? 2 : 1)
        {
            var isKnown = false;
            for (var length = 1; length <= longest && start + length <= text.Length; length++)
            {
                if (ids.TryGetValue(text.Substring(start, length), out var id))
                {
                    isKnown = true;
                    Offer(start, start + length, id, vocabulary[id].Score);
                }
            }

            if (!isKnown)
            {
                Offer(start, start + (char.IsSurrogatePair(text, start) ? 2 : 1), 0, 0);
            }
        }

        var result = new List<int>();
        for (var end = text.Length; end > 0; end = back[end].Start)
        {
            if (back[end].Id != 0 || result.Count == 0 || result[^1] != 0)
            {
                result.Add(back[end].Id);
            }
        }

        result.Reverse();
        return [.. result];

        void Offer(int start, int end, int id, double score)
        {
            score += best[start]!.Value;
            if (best[end] is not { } other || score >= other || other == 0)
            {
                best[end] = score;
                back[end] = (start, id);
            }
        }
    }
}
