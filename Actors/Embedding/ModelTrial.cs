using System.Numerics.Tensors;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Sluice.Actors.Embedding.Visual;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>Tries a model before anything is read with it, once for each model, version of ONNX Runtime and way of running it.</summary>
internal static class ModelTrial
{
    /// <summary>Least cosine of a text alone and beside a longer one. Networks with 8-bit arithmetic differ a little, for they scale by what is in the batch.</summary>
    internal const float LeastLikeness = 0.9f;

    private static readonly string[] s_texts = ["A cat.", "A second text, which is longer than the first one and so makes it be filled up with padding in a batch."];

    /// <summary>Tries it.</summary>
    /// <exception cref="ModelException">It cannot be used.</exception>
    public static async Task RunAsync(EmbeddingModel model, EmbeddingOptions options, CancellationToken cancellationToken)
    {
        var folder = model.Folder;
        _ = model.Tokenizer; // Whether it can be read, and belongs to the network.
        UsedModels.Remember(folder, options);
        var note = Note(folder, options);
        if (note is not null && File.Exists(note))
        {
            return;
        }

        var buffer = new TokenBuffer();
        var texts = Array.ConvertAll(s_texts, text => (ReadOnlyMemory<int>)model.Encode(folder.Info.DocumentPrompt + text, buffer));
        var embedder = model.CreateLoneEmbedder();
        await using (embedder.ConfigureAwait(false))
        {
            await embedder.LoadAsync(cancellationToken).ConfigureAwait(false);
            if (folder.Visual is { } visual)
            {
                await VisualTrial.RunAsync(folder, visual, embedder, cancellationToken).ConfigureAwait(false);
            }

            var together = await EmbedAsync(embedder, folder, texts, cancellationToken).ConfigureAwait(false);
            var alone = await EmbedAsync(embedder, folder, [texts[0]], cancellationToken).ConfigureAwait(false);
            foreach (var embedding in together)
            {
                CheckValues(folder.NetworkFile, folder.Output, "a short English text", embedding);
            }

            if (texts[0].Length < texts[1].Length && Likeness(alone[0], together[0]) is var likeness && !(likeness >= LeastLikeness))
            {
                throw new ModelException($"{folder.NetworkFile}: a text beside a longer one does not give what it gives alone (cosine {likeness:0.000}), so its results would depend on chance. "
                    + (folder.Inputs.Contains("attention_mask", StringComparer.Ordinal) ? "Export the model again so that it heeds attention_mask." : "It takes no attention_mask; export the model again with one."));
            }
        }

        Remember(note);
    }

    private static async Task<IReadOnlyList<Embedding>> EmbedAsync(OnnxEmbedder embedder, ModelFolder folder, ReadOnlyMemory<int>[] texts, CancellationToken cancellationToken)
    {
        try
        {
            return await embedder.EmbedAsync(texts, cancellationToken).ConfigureAwait(false);
        }
        catch (EmbedderOutOfMemoryException e)
        {
            throw new ModelException($"{folder.NetworkFile}: there is not enough memory even for two short texts ({e.Message})", e);
        }
        catch (ArgumentException e)
        {
            throw new ModelException($"{folder.TokenizerFile}: it does not belong to {Path.GetFileName(folder.NetworkFile)} ({e.Message})", e);
        }
    }

    /// <summary>Whether an embedding is made of numbers, and of others than zeros.</summary>
    /// <exception cref="ModelException">It is not.</exception>
    internal static void CheckValues(string network, string output, string what, Embedding embedding)
    {
        var values = Values(embedding);
        if (!float.IsFinite(TensorPrimitives.SumOfSquares(values)))
        {
            throw new ModelException($"{network}: what it gives for {what} are not all numbers (NaN or infinity in '{output}'). The export is broken, or its weights do not fit the precision of this variant; export or download another one.");
        }

        if (embedding is DenseEmbedding && TensorPrimitives.SumOfSquares(values) == 0)
        {
            throw new ModelException($"{network}: what it gives for {what} are only zeros. Its weights are missing or broken; download it again.");
        }
    }

    private static ReadOnlySpan<float> Values(Embedding embedding) => embedding switch
    {
        DenseEmbedding dense => dense.Values.Span,
        MultiVectorEmbedding several => several.Values.Span,
        SparseEmbedding sparse => sparse.Values.Span,
        _ => [],
    };

    /// <summary>Cosine of two embeddings.</summary>
    internal static float Likeness(Embedding one, Embedding other) => (one, other) switch
    {
        (SparseEmbedding first, SparseEmbedding second) => first.Values.IsEmpty && second.Values.IsEmpty ? 1 : Cosine(first, second),
        (MultiVectorEmbedding first, MultiVectorEmbedding second) when first.Rows != second.Rows => 0,
        (MultiVectorEmbedding { Rows: 0 }, _) => 1,
        _ => TensorPrimitives.CosineSimilarity(Values(one), Values(other)),
    };

    private static float Cosine(SparseEmbedding one, SparseEmbedding other)
    {
        float dot = 0;
        for (int i = 0, j = 0; i < one.Indices.Length && j < other.Indices.Length;)
        {
            var order = one.Indices.Span[i].CompareTo(other.Indices.Span[j]);
            dot += order == 0 ? one.Values.Span[i] * other.Values.Span[j] : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        return dot / (TensorPrimitives.Norm(one.Values.Span) * TensorPrimitives.Norm(other.Values.Span));
    }

    private static string? Note(ModelFolder folder, EmbeddingOptions options)
    {
        if (folder.CacheFolderPath is null)
        {
            return null;
        }

        var runtime = typeof(InferenceSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? typeof(InferenceSession).Assembly.FullName;
        var key = $"{folder.Info.Fingerprint}\n{runtime}\n{options.RunKey}";
        return Path.Combine(folder.CacheFolderPath, "tried", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]);
    }

    private static void Remember(string? note)
    {
        if (note is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(note)!);
            File.WriteAllBytes(note, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The cache only saves time; without it the next start tries again.
        }
    }
}
