using System.Security.Cryptography;
using System.Text;

namespace Sluice.Actors.Sinks;

/// <summary>
/// Metadata as a list of words, for databases that find a value in a list but cannot look into an object with keys of any kind: <c>key=value</c>. A pair that is too
/// long for an index stands as its key's first characters and a hash. A filter by tags may match too much, never too little: hits are compared with their metadata again.
/// </summary>
internal static class MetadataTags
{
    /// <summary>Most bytes of a tag in UTF-8.</summary>
    public const int MaxBytes = 512;

    private const char Separator = '=';
    private const int KeptOfLongKey = 64;

    /// <summary>The tag of a pair: without white space at its ends, which some databases trim, and without what a quoted text of a filter would have to escape.</summary>
    public static string Create(string key, string value)
    {
        var tag = $"{key}{Separator}{value}";
        return tag.Length <= MaxBytes && Encoding.UTF8.GetByteCount(tag) <= MaxBytes && tag.AsSpan().Trim().Length == tag.Length && IsPlain(tag) ? tag : Hash(key, tag);
    }

    /// <summary>Whether a chunk with this metadata has each of the values that are asked for.</summary>
    public static bool Matches(IReadOnlyDictionary<string, string>? metadata, IReadOnlyDictionary<string, string> wanted)
    {
        foreach (var (key, value) in wanted)
        {
            if (metadata is null || !metadata.TryGetValue(key, out var found) || !string.Equals(found, value, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPlain(string tag)
    {
        foreach (var character in tag)
        {
            if (char.IsSurrogate(character) || char.IsControl(character) || character is '"' or '\'' or '\\' or '{' or '}')
            {
                return false;
            }
        }

        return true;
    }

    private static string Hash(string key, string tag)
    {
        var kept = new string([.. key.Take(KeptOfLongKey).Where(static character => char.IsAsciiLetterOrDigit(character))]);
        return $"#{kept}{Separator}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tag)))}";
    }
}
