using Microsoft.Extensions.AI;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

/// <summary>
/// An <see cref="EmbeddingModel"/> as Microsoft.Extensions.AI knows embedders: texts in, vectors out. Texts of like length share a batch; a text longer than the
/// model takes is cut. Safe for concurrent use. Owns its session, not the model.
/// </summary>
public sealed class TextEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private const int BatchTokens = 1024;
    private readonly EmbeddingModel _model;
    private readonly OnnxEmbedder _embedder;

    /// <summary>Creates a generator.</summary>
    /// <param name="model">The model; must stay open.</param>
    /// <exception cref="NotSupportedException">It does not make one vector a text.</exception>
    public TextEmbeddingGenerator(EmbeddingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Info.Kind != EmbeddingKind.Dense)
        {
            throw new NotSupportedException($"The model {model.Info.Name} makes {(model.Info.Kind == EmbeddingKind.Sparse ? "sparse vectors" : "several vectors a text")}; this interface has one dense vector a text.");
        }

        _model = model;
        _embedder = model.CreateLoneEmbedder();
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Another model or number of dimensions is asked for.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if ((options?.Dimensions ?? _model.Info.Dimension) != _model.Info.Dimension || (options?.ModelId ?? _model.Info.Name) != _model.Info.Name)
        {
            throw new NotSupportedException($"This generator gives {_model.Info.Dimension} dimensions of the model {_model.Info.Name}; leave Dimensions and ModelId unset.");
        }

        var tokens = new TokenBuffer();
        var texts = values.Select(text => (ReadOnlyMemory<int>)_model.Encode(_model.Info.DocumentPrompt + text, tokens)).ToArray();
        var order = Enumerable.Range(0, texts.Length).OrderBy(index => texts[index].Length).ToArray();
        var results = new Embedding<float>[texts.Length];
        for (var from = 0; from < order.Length;)
        {
            var to = from + 1;
            while (to < order.Length && (to + 1 - from) * texts[order[to]].Length <= BatchTokens)
            {
                to++;
            }

            var batch = order[from..to];
            var embeddings = await _embedder.EmbedAsync(Array.ConvertAll(batch, index => texts[index]), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < batch.Length; i++)
            {
                results[batch[i]] = new Embedding<float>(((DenseEmbedding)embeddings[i]).Values) { ModelId = _model.Info.Name };
            }

            from = to;
        }

        var count = texts.Sum(static text => (long)text.Length);
        return new GeneratedEmbeddings<Embedding<float>>(results) { Usage = new UsageDetails { InputTokenCount = count, TotalTokenCount = count } };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("sluice", null, _model.Info.Name, _model.Info.Dimension)
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_model) ? _model
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _embedder.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
