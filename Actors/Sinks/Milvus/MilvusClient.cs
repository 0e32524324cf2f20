using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>Calls Milvus's RESTful API v2: every call is a POST of JSON, and every answer has a code.</summary>
/// <param name="http">The connection; not owned.</param>
/// <param name="address">Database and collection, which every call names.</param>
internal sealed class MilvusClient(SinkHttpClient http, MilvusAddress address)
{
    private const string Root = "v2/vectordb/";

    /// <summary>Makes exceptions in the sink's words.</summary>
    public SinkFailures Failures => http.Failures;

    /// <summary>Calls.</summary>
    /// <param name="path">Path below <c>/v2/vectordb/</c>.</param>
    /// <param name="write">Writes the properties of the body behind database and collection; null for none.</param>
    /// <param name="retry">Whether passing failures are tried again here: for reads and for setting up.</param>
    /// <param name="read">Reads the whole answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="MilvusMissingException">The collection is not there.</exception>
    /// <exception cref="MilvusUnloadedException">The collection is not loaded.</exception>
    public async Task<T> CallAsync<T>(string path, Action<Utf8JsonWriter>? write, bool retry, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var body = new PooledBody();
        using (var writer = new Utf8JsonWriter(body, ChunkJson.Options))
        {
            writer.WriteStartObject();
            if (address.Database is { } database)
            {
                writer.WriteString("dbName", database);
            }

            writer.WriteString("collectionName", address.Server.Collection);
            write?.Invoke(writer);
            writer.WriteEndObject();
        }

        // A code inside a 200 is looked at while the request can still be repeated.
        return await http.ReadAsync(
            new SinkRequest(HttpMethod.Post, Root + path) { Body = body, Retry = retry },
            async (_, stream, token) =>
            {
                using var answer = await ParseAsync(stream, token).ConfigureAwait(false);
                var root = answer.RootElement;
                if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("code", out var code) || !code.TryGetInt32(out var value))
                {
                    throw http.Failures.Fatal("does not answer as Milvus does: there is no code. Something else listens there.");
                }

                return MilvusFailures.IsSuccess(value) ? Read(root, read) : throw MilvusFailures.FromCode(value, MilvusFailures.Message(root), http.Failures);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads an answer that says that all went well. One without what was asked for, as a proxy or a server that starts may give, is none: it is asked again.</summary>
    private T Read<T>(JsonElement root, Func<JsonElement, T> read)
    {
        try
        {
            return read(root);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw http.Failures.Busy($"sent an answer that lacks what was asked for: {exception.Message}", inner: exception);
        }
    }

    private async Task<JsonDocument> ParseAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonDocument.ParseAsync(stream, default, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException exception)
        {
            throw http.Failures.Busy($"sent half an answer: {exception.Message}", inner: exception);
        }
    }
}
