namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>The tokens of short words seen before: a fixed table, where a new word takes the place of another. Takes 2 MiB. Not safe for concurrent use.</summary>
internal sealed class WordCache
{
    /// <summary>Characters of the longest word that is kept.</summary>
    public const int LongestWord = 24;

    private const int MostTokens = 6;
    private const int Slots = 1 << 14;

    private readonly Entry[] _entries = new Entry[Slots];
    private readonly char[] _words = new char[Slots * LongestWord];
    private readonly TokenCuts.Cut[] _cuts = new TokenCuts.Cut[Slots * MostTokens];

    /// <summary>The hash of a word.</summary>
    public static uint Hash(ReadOnlySpan<char> word)
    {
        var hash = (uint)word.Length * 0x9E3779B1;
        foreach (var character in word)
        {
            hash = (hash ^ character) * 0x85EBCA6B;
            hash ^= hash >> 13;
        }

        return hash;
    }

    /// <summary>Looks a word up.</summary>
    /// <returns>Its tokens; empty when it is not known.</returns>
    public ReadOnlySpan<TokenCuts.Cut> Find(ReadOnlySpan<char> word, uint hash)
    {
        var slot = (int)(hash % Slots);
        ref var entry = ref _entries[slot];
        return entry.Hash == hash && entry.Length == word.Length && word.SequenceEqual(_words.AsSpan(slot * LongestWord, word.Length))
            ? _cuts.AsSpan(slot * MostTokens, entry.Count)
            : [];
    }

    /// <summary>Keeps a word, unless it has too many tokens, or none.</summary>
    public void Keep(ReadOnlySpan<char> word, uint hash, ReadOnlySpan<TokenCuts.Cut> cuts)
    {
        if (cuts.Length is 0 or > MostTokens)
        {
            return;
        }

        var slot = (int)(hash % Slots);
        _entries[slot] = new Entry { Hash = hash, Length = (byte)word.Length, Count = (byte)cuts.Length };
        word.CopyTo(_words.AsSpan(slot * LongestWord));
        cuts.CopyTo(_cuts.AsSpan(slot * MostTokens));
    }

    private struct Entry
    {
        public uint Hash;
        public byte Length;
        public byte Count;
    }
}
