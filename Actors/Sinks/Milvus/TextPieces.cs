using System.Text;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>Cuts text into pieces that fit a VarChar, between characters.</summary>
internal static class TextPieces
{
    /// <summary>Length of the piece that begins at a position, in characters; surrogate pairs stay whole.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="maxBytes">Most bytes in UTF-8, at least 4.</param>
    public static int Length(string text, int start, int maxBytes)
    {
        var rest = text.Length - start;
        if (3L * rest <= maxBytes || Encoding.UTF8.GetByteCount(text.AsSpan(start)) <= maxBytes)
        {
            return rest;
        }

        var (length, bytes) = (0, 0);
        while (length < rest)
        {
            var pair = length + 1 < rest && char.IsSurrogatePair(text[start + length], text[start + length + 1]);
            var size = pair ? 4 : text[start + length] switch { < '\u0080' => 1, < '\u0800' => 2, _ => 3 };
            if (bytes + size > maxBytes)
            {
                break;
            }

            bytes += size;
            length += pair ? 2 : 1;
        }

        return length;
    }
}
