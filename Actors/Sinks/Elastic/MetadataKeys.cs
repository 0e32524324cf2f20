using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>
/// Metadata keys as names of properties of an object whose properties are addressed by paths with dots. What such a name may not have is written as <c>%</c> and two
/// hexadecimal digits, a percent sign included; every key can be read back.
/// </summary>
internal static class MetadataKeys
{
    private const string Nothing = "%";

    private static readonly SearchValues<char> s_escaped = SearchValues.Create("%*\0");

    /// <summary>Whether a pair can be searched for.</summary>
    public static bool IsSearchable(string key, string value) => key.Length <= ElasticFields.MaxSearchedKey && value.Length <= ElasticFields.MaxSearchedValue;

    /// <summary>The name for a key.</summary>
    public static string Encode(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0)
        {
            return Nothing;
        }

        if (key.AsSpan().IndexOfAny(s_escaped) < 0 && !HasEmptyPart(key))
        {
            return key;
        }

        var name = new StringBuilder(key.Length + 8);
        for (var i = 0; i < key.Length; i++)
        {
            var partEnds = key[i] == '.' && (i == 0 || i == key.Length - 1 || key[i - 1] == '.' || key[i + 1] == '.');
            _ = partEnds || s_escaped.Contains(key[i])
                ? name.Append(CultureInfo.InvariantCulture, $"%{(int)key[i]:X2}")
                : name.Append(key[i]);
        }

        return name.ToString();
    }

    /// <summary>The key of a name.</summary>
    public static string Decode(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.Contains('%', StringComparison.Ordinal))
        {
            return name;
        }

        if (name == Nothing)
        {
            return "";
        }

        var key = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '%' && i + 2 < name.Length && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                key.Append((char)code);
                i += 2;
            }
            else
            {
                key.Append(name[i]);
            }
        }

        return key.ToString();
    }

    private static bool HasEmptyPart(string key) => key[0] == '.' || key[^1] == '.' || key.Contains("..", StringComparison.Ordinal);
}
