namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>Tokens and their ids. Immutable, safe for concurrent use.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>Builds it.</summary>
    /// <param name="ids">Ids by token, compared ordinally.</param>
    public Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var id in ids.Values)
        {
            Count = Math.Max(Count, id + 1);
        }
    }

    /// <summary>One more than the largest id.</summary>
    public int Count { get; }

    /// <summary>The tokens with their ids.</summary>
    public IReadOnlyDictionary<string, int> Entries => _ids;

    /// <summary>The id of a token; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out var id) ? id : -1;

    /// <summary>Ids of the tokens that stand for single bytes (<c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>); -1 where there is none.</summary>
    public int[] ByteIds()
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            ids[value] = Find($"<0x{value:X2}>");
        }

        return ids;
    }

    /// <summary>Adds the tokens of a character's bytes.</summary>
    /// <param name="byteIds">Of <see cref="ByteIds"/>.</param>
    /// <param name="text">What has no token of its own.</param>
    /// <param name="start">Where it begins in the piece.</param>
    /// <param name="cuts">Where the tokens are added.</param>
    /// <returns>Whether all bytes have tokens; otherwise none is added.</returns>
    public static bool AddBytes(int[] byteIds, ReadOnlySpan<char> text, int start, TokenCuts cuts)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                if (byteIds[value] < 0)
                {
                    return false;
                }
            }
        }

        foreach (var rune in text.EnumerateRunes())
        {
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                cuts.Add(byteIds[value], start, start + rune.Utf16SequenceLength);
            }

            start += rune.Utf16SequenceLength;
        }

        return true;
    }
}
