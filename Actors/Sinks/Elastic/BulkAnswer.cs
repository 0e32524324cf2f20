using System.Text.Json;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>What became of one action of a bulk request.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Status">Its status, as of a request of its own.</param>
/// <param name="Type">The kind of error; empty for none.</param>
/// <param name="Reason">The error in words; empty for none.</param>
internal readonly record struct BulkItem(int Index, int Status, string Type, string Reason)
{
    /// <summary>Where the server's words begin to repeat the document.</summary>
    private const string Preview = "Preview of field's value";

    /// <summary>Whether the server had no room for it just now.</summary>
    public bool IsOverloaded => Status is 429 or 503 or 502 or 504 or 408;

    /// <summary>The error for a person, without what it repeats of the document.</summary>
    public string Words
    {
        get
        {
            var reason = Reason;
            if (reason.IndexOf(Preview, StringComparison.Ordinal) is var end and >= 0)
            {
                reason = reason[..end].TrimEnd();
            }

            return $"{Type}: {reason}".TrimEnd('.', ':', ' ');
        }
    }
}

/// <summary>Reads the answer to a bulk request.</summary>
internal static class BulkAnswer
{
    /// <summary>Reads the actions that failed.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="count">Actions of the request.</param>
    /// <returns>In the order of the request; empty when all were done.</returns>
    /// <exception cref="JsonException">It is no answer to a bulk request of so many actions.</exception>
    public static List<BulkItem> ReadFailures(ReadOnlySpan<byte> body, int count)
    {
        var failures = new List<BulkItem>();
        var reader = new Utf8JsonReader(body);
        bool? errors = null;
        var items = -1;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("errors"u8))
            {
                reader.Read();
                errors = reader.GetBoolean();
                if (errors == false)
                {
                    return failures;
                }
            }
            else if (reader.ValueTextEquals("items"u8))
            {
                items = ReadItems(ref reader, failures);
            }
            else
            {
                reader.Skip();
            }
        }

        return errors is not null && (items < 0 || items == count)
            ? failures
            : throw new JsonException($"It tells of {items} actions; {count} were sent.");
    }

    private static int ReadItems(ref Utf8JsonReader reader, List<BulkItem> failures)
    {
        Expect(ref reader, JsonTokenType.StartArray);
        var index = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            Expect(ref reader, JsonTokenType.PropertyName); // index, update or delete
            Expect(ref reader, JsonTokenType.StartObject);
            var (status, type, reason) = (0, "", "");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("status"u8))
                {
                    reader.Read();
                    status = reader.GetInt32();
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    (type, reason) = ReadError(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }

            Expect(ref reader, JsonTokenType.EndObject);
            if (status is < 200 or >= 300)
            {
                failures.Add(new BulkItem(index, status, type, reason));
            }

            index++;
        }

        return index;
    }

    private static (string Type, string Reason) ReadError(ref Utf8JsonReader reader)
    {
        using var error = JsonDocument.ParseValue(ref reader);
        return ElasticErrors.Words(error.RootElement);
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException($"There is {reader.TokenType} where {type} should be.");
        }
    }
}
