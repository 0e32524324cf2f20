using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sluice.Actors.Embedding;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Http;

/// <summary>
/// The model as a server: <c>POST /v1/embeddings</c> in the shape of OpenAI's API, and <c>POST /v1/embeddings/multi</c> for models of several or sparse vectors. Texts of all
/// callers share batches. The model is opened by the first request.
/// </summary>
/// <param name="rooms">Opens the model.</param>
/// <param name="model">Its name; empty for the default.</param>
/// <param name="options">Limits.</param>
/// <param name="batchTokens">Most padded tokens of a batch.</param>
internal sealed class EmbeddingRoutes(ISluiceRooms rooms, string model, HttpOptions options, int batchTokens) : IAsyncDisposable
{
    private const int MaxTexts = 2_048;
    private const int MaxBody = 8 << 20;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IModelHandle? _model;
    private EmbeddingService? _service;

    /// <summary>The routes.</summary>
    public IReadOnlyList<ApiRoute> Build() =>
    [
        new("POST", "/v1/embeddings", ApiAccess.Read, "Embeds texts, in the shape of OpenAI's API", context => AnswerAsync(context, several: false)) { Request = typeof(EmbeddingRequest) },
        new("POST", "/v1/embeddings/multi", ApiAccess.Read, "Embeds texts with a model of several or sparse vectors", context => AnswerAsync(context, several: true)) { Request = typeof(EmbeddingRequest) },
    ];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync().ConfigureAwait(false);
        }

        if (_model is not null)
        {
            await _model.DisposeAsync().ConfigureAwait(false);
        }

        _opening.Dispose();
    }

    private static string[] Texts(JsonElement input)
    {
        string[]? texts = input.ValueKind switch
        {
            JsonValueKind.String => [input.GetString()!],
            JsonValueKind.Array when input.GetArrayLength() <= MaxTexts && input.EnumerateArray().All(static text => text.ValueKind == JsonValueKind.String) => [.. input.EnumerateArray().Select(static text => text.GetString()!)],
            _ => null,
        };
        return texts is { Length: > 0 }
            ? texts
            : throw new ApiException(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"input must be a text, or 1 to {MaxTexts:N0} texts; lists of token ids are not taken, for they are another model's."));
    }

    private async Task AnswerAsync(HttpContext context, bool several)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBody;
        }

        var request = await ApiAnswers.ReadAsync(context, ApiJson.Default.EmbeddingRequest).ConfigureAwait(false);
        var texts = Texts(request.Input);
        var base64 = request.EncodingFormat switch
        {
            null or "float" => false,
            "base64" => true,
            _ => throw new ApiException(StatusCodes.Status400BadRequest, "encoding_format must be float or base64."),
        };
        var queries = request.InputType switch
        {
            null or "document" => false,
            "query" => true,
            _ => throw new ApiException(StatusCodes.Status400BadRequest, "input_type must be document or query."),
        };
        var (opened, service) = await OpenAsync(context.RequestAborted).ConfigureAwait(false);
        Check(request, opened.Info, several);
        try
        {
            var (embeddings, tokens) = await service.EmbedAsync(texts, queries, context.RequestAborted).ConfigureAwait(false);
            await WriteAsync(context, embeddings, opened.Info.Name, tokens, base64).ConfigureAwait(false);
        }
        catch (TransientException exception)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling((exception.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalSeconds).ToString(CultureInfo.InvariantCulture);
            throw new ApiException(StatusCodes.Status429TooManyRequests, exception.Message);
        }
    }

    private static void Check(EmbeddingRequest request, EmbeddingModelInfo info, bool several)
    {
        if (request.Model is { Length: > 0 } wanted && wanted != info.Name)
        {
            throw new ApiException(StatusCodes.Status404NotFound, $"There is no model '{wanted}' here; this server has {info.Name}.");
        }

        if (several != (info.Kind != EmbeddingKind.Dense))
        {
            throw new ApiException(StatusCodes.Status409Conflict, several ? $"The model {info.Name} makes one vector a text: POST /v1/embeddings." : $"The model {info.Name} makes {(info.Kind == EmbeddingKind.Sparse ? "sparse vectors" : "several vectors a text")}: POST /v1/embeddings/multi.");
        }

        if (request.Dimensions is { } dimensions && dimensions != info.Dimension)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"This server gives {info.Dimension} dimensions of the model {info.Name}; sluice.embedding.dimensions sets another number for all."));
        }
    }

    private async Task<(IModelHandle Model, EmbeddingService Service)> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _model ??= await rooms.OpenModelAsync(model, static _ => { }, cancellationToken).ConfigureAwait(false);
            return (_model, _service ??= _model.CreateService(batchTokens, options.MaxWaitingTokens));
        }
        finally
        {
            _opening.Release();
        }
    }

    private static async Task WriteAsync(HttpContext context, IReadOnlyList<Vector> embeddings, string name, long tokens, bool base64)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var json = new Utf8JsonWriter(context.Response.Body);
        await using (json.ConfigureAwait(false))
        {
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            for (var index = 0; index < embeddings.Count; index++)
            {
                json.WriteStartObject();
                json.WriteString("object", "embedding");
                json.WriteNumber("index", index);
                Write(json, embeddings[index], base64);
                json.WriteEndObject();
                if (json.BytesPending > 1 << 16)
                {
                    await json.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                }
            }

            json.WriteEndArray();
            json.WriteString("model", name);
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", tokens);
            json.WriteNumber("total_tokens", tokens);
            json.WriteEndObject();
            json.WriteEndObject();
            await json.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static void Write(Utf8JsonWriter json, Vector embedding, bool base64)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                json.WritePropertyName("embedding");
                WriteVector(json, dense.Values.Span, base64);
                break;
            case MultiVectorEmbedding rows:
                json.WriteStartArray("embeddings");
                for (var row = 0; row < rows.Rows; row++)
                {
                    WriteVector(json, rows.Values.Span.Slice(row * rows.Dimension, rows.Dimension), base64);
                }

                json.WriteEndArray();
                break;
            case SparseEmbedding sparse:
                json.WriteStartArray("indices");
                foreach (var term in sparse.Indices.Span)
                {
                    json.WriteNumberValue(term);
                }

                json.WriteEndArray();
                json.WritePropertyName("values");
                WriteVector(json, sparse.Values.Span, base64);
                break;
            default:
                throw new InvalidOperationException($"an embedding of the type {embedding.GetType().Name}");
        }
    }

    private static void WriteVector(Utf8JsonWriter json, ReadOnlySpan<float> values, bool base64)
    {
        if (base64)
        {
            json.WriteBase64StringValue(MemoryMarshal.AsBytes(values));
            return;
        }

        json.WriteStartArray();
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
