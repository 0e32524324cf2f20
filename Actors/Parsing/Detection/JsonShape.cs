using System.Text;
using System.Text.Json;

namespace Sluice.Actors.Parsing.Detection;

/// <summary>Recognizes JSON and JSON Lines by their beginning.</summary>
internal static class JsonShape
{
    /// <summary>Whether the first line is one complete object or array and the next line that is not blank begins another.</summary>
    public static bool IsLines(ReadOnlySpan<char> start)
    {
        if (start.IsEmpty || start[0] is not ('{' or '['))
        {
            return false;
        }

        var end = start.IndexOfAny('\r', '\n');
        if (end < 0)
        {
            return false;
        }

        var next = start[end..].TrimStart();
        return next.Length > 0 && next[0] == start[0] && Reads(start[..end], complete: true);
    }

    /// <summary>Whether it begins as an object or an array does, and goes on as JSON as far as one can see.</summary>
    public static bool IsJson(ReadOnlySpan<char> start) =>
        start.Length > 1 && start[0] is '{' or '[' && Reads(start[..Math.Min(start.Length, 4096)], complete: false);

    private static bool Reads(ReadOnlySpan<char> text, bool complete)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = Encoding.UTF8.GetBytes(text, bytes);
        try
        {
            var options = new JsonReaderOptions { MaxDepth = 1 << 20, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
            var reader = new Utf8JsonReader(bytes.AsSpan(0, count), complete, new JsonReaderState(options));
            var tokens = 0;
            while (reader.Read())
            {
                tokens++;
            }

            return tokens > 1;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
