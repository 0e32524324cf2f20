using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Http.Embeddings;

/// <summary>
/// The model as a server: <c>POST /v1/embeddings</c> in the shape of OpenAI's API (https://platform.openai.com/docs/api-reference/embeddings), <c>POST /v1/embeddings/multi</c>
/// for models of several or sparse vectors, and <c>GET /v1/models</c>. Texts of all callers share batches. The model is opened by the first request.
/// </summary>
/// <param name="models">The server's models; not owned.</param>
/// <param name="rooms">Opens the model.</param>
/// <param name="model">Its name; empty for the one that the database's vectors are from, or the default where there is no database yet.</param>
/// <param name="describe">Tells what the database holds.</param>
internal sealed class EmbeddingRoutes(ServedModels models, ISluiceRooms rooms, string model, Func<CancellationToken, Task<CollectionInfo?>> describe)
{
    private const int MaxTexts = 2_048;
    private const int MaxBody = 8 << 20;
    private CollectionInfo? _collection;

    /// <summary>The routes.</summary>
    public IReadOnlyList<ApiRoute> Build() =>
    [
        new("POST", "/v1/embeddings", ApiAccess.Read, "Embeds texts, in the shape of OpenAI's API", context => AnswerAsync(context, several: false)) { Request = typeof(EmbeddingRequest), Response = typeof(EmbeddingAnswer) },
        new("POST", "/v1/embeddings/multi", ApiAccess.Read, "Embeds texts with a model of several or sparse vectors", context => AnswerAsync(context, several: true)) { Request = typeof(EmbeddingRequest), Response = typeof(MultiEmbeddingAnswer) },
        new("GET", "/v1/models", ApiAccess.Read, "The model there is, in the shape of OpenAI's API", ListAsync) { Response = typeof(ServedModelList) },
    ];

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
            : throw Bad("input", string.Create(CultureInfo.InvariantCulture, $"input must be a text, or 1 to {MaxTexts:N0} texts; lists of token ids are not taken, for they are of another model's tokenizer."));
    }

    private static ApiException Bad(string field, string message) => new(StatusCodes.Status400BadRequest, message) { Field = field };

    private static void Check(EmbeddingRequest request, EmbeddingModelInfo info, bool several)
    {
        if (request.Model is { Length: > 0 } wanted && wanted != info.Name)
        {
            throw new ApiException(StatusCodes.Status404NotFound, $"There is no model '{wanted}' here; this server has {info.Name}.") { Field = "model", Code = "model_not_found" };
        }

        if (several != (info.Kind != EmbeddingKind.Dense))
        {
            throw Bad("model", several ? $"The model {info.Name} makes one vector a text: POST /v1/embeddings." : $"The model {info.Name} makes {(info.Kind == EmbeddingKind.Sparse ? "sparse vectors" : "several vectors a text")}: POST /v1/embeddings/multi.");
        }

        if (request.Dimensions is { } dimensions && (several ? dimensions != info.Dimension : dimensions < 1 || dimensions > info.Dimension))
        {
            throw Bad("dimensions", several
                ? string.Create(CultureInfo.InvariantCulture, $"Only one dense vector a text can be cut; leave dimensions out, or write {info.Dimension}.")
                : string.Create(CultureInfo.InvariantCulture, $"dimensions must be 1 to {info.Dimension}, which is what the model {info.Name} makes here."));
        }
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
            _ => throw Bad("encoding_format", "encoding_format must be float or base64."),
        };
        var queries = request.InputType switch
        {
            null or "document" => false,
            "query" => true,
            _ => throw Bad("input_type", "input_type must be document or query."),
        };
        await UseAsync(
            async opened =>
            {
                var info = opened.Handle.Info;
                Check(request, info, several);
                var (embeddings, tokens) = await EmbedAsync(context, opened, texts, queries).ConfigureAwait(false);
                if (!several && request.Dimensions is { } dimensions && dimensions < info.Dimension)
                {
                    embeddings = [.. embeddings.Select(embedding => opened.Service.Shorten(embedding, dimensions))];
                }

                await EmbeddingWriter.WriteAsync(context, embeddings, info.Name, tokens, base64).ConfigureAwait(false);
                return true;
            },
            context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<(IReadOnlyList<Vector> Embeddings, long Tokens)> EmbedAsync(HttpContext context, ServedModel opened, string[] texts, bool queries)
    {
        try
        {
            return await opened.Service.EmbedAsync(texts, queries, context.RequestAborted).ConfigureAwait(false);
        }
        catch (TransientException exception)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling((exception.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalSeconds).ToString(CultureInfo.InvariantCulture);
            throw new ApiException(StatusCodes.Status429TooManyRequests, exception.Message);
        }
    }

    private async Task ListAsync(HttpContext context)
    {
        var listed = await UseAsync(static opened => Task.FromResult(new ListedModel(opened.Handle.Info.Name, "model", Written(opened.Handle.Folder), "sluice")), context.RequestAborted).ConfigureAwait(false);
        await ApiAnswers.WriteAsync(context, new ServedModelList("list", [listed]), ApiJson.Default.ServedModelList).ConfigureAwait(false);
    }

    private static long Written(string folder) => Directory.Exists(folder) ? new DateTimeOffset(Directory.GetLastWriteTimeUtc(folder)).ToUnixTimeSeconds() : 0;

    /// <summary>The model: one and the same while the server lives, whatever becomes of the database.</summary>
    private async Task<T> UseAsync<T>(Func<ServedModel, Task<T>> use, CancellationToken cancellationToken)
    {
        var collection = model.Length > 0 ? null : _collection ??= await describe(cancellationToken).ConfigureAwait(false);
        return collection is null
            ? await models.UseAsync(rooms, model, use, cancellationToken).ConfigureAwait(false)
            : await models.UseAsync(rooms, collection, use, cancellationToken).ConfigureAwait(false);
    }
}
