using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>The length a <c>tokenizer.json</c> cuts texts to. It stands at the top of the file, so the vocabulary behind it is not read.</summary>
internal static class TruncationLimit
{
    private const int Head = 1 << 16;

    /// <summary>Reads it; null when the file is missing, does not say, or is broken, which is told when the tokenizer is read.</summary>
    /// <exception cref="ModelException">The file cannot be read.</exception>
    public static int? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var head = new byte[Head];
        int length;
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{file}: it cannot be read ({e.Message}).", e);
        }

        try
        {
            return Find(new Utf8JsonReader(head.AsSpan(0, length), isFinalBlock: false, default));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int? Find(Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isTruncation = reader.ValueTextEquals("truncation"u8);
            if (!reader.Read())
            {
                return null;
            }

            if (isTruncation && reader.TokenType == JsonTokenType.StartObject)
            {
                return FindLength(ref reader);
            }

            if (isTruncation || !reader.TrySkip())
            {
                return null;
            }
        }

        return null;
    }

    private static int? FindLength(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isLength = reader.ValueTextEquals("max_length"u8);
            if (!reader.Read())
            {
                return null;
            }

            if (isLength)
            {
                return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var length) ? length : null;
            }

            if (!reader.TrySkip())
            {
                return null;
            }
        }

        return null;
    }
}
