using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Http.Embeddings;

/// <summary>Writes embeddings as <see cref="Contract.EmbeddingAnswer"/> or <see cref="Contract.MultiEmbeddingAnswer"/>, straight from their buffers, a piece at a time.</summary>
internal static class EmbeddingWriter
{
    private const int Piece = 1 << 16;

    /// <summary>Writes the answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="embeddings">One a text.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="tokens">Tokens of all texts.</param>
    /// <param name="base64">Whether vectors are written as base64.</param>
    /// <returns>When it is written.</returns>
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<Vector> embeddings, string model, long tokens, bool base64)
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
                if (json.BytesPending > Piece)
                {
                    await json.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                }
            }

            json.WriteEndArray();
            json.WriteString("model", model);
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
            json.WriteBase64StringValue(MemoryMarshal.AsBytes(values)); // Little endian, as every machine that .NET runs ONNX Runtime on.
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
