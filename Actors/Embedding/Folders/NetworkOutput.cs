using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>The output of a network that is used, and what becomes of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PerToken">Whether it is one vector a token; otherwise one a text.</param>
/// <param name="Width">Components of such a vector.</param>
/// <param name="Kind">What is made of it.</param>
/// <param name="Pooling">How tokens are pooled.</param>
/// <param name="Layers">Linear layers behind that.</param>
/// <param name="Dimension">Components of the embedding.</param>
internal sealed record NetworkOutput(string Name, bool PerToken, int Width, EmbeddingKind Kind, PoolingMode Pooling, IReadOnlyList<DenseModule> Layers, int Dimension)
{
    private static readonly string[] s_pooled = ["sentence_embedding", "embeddings", "pooled_embedding"];
    private static readonly string[] s_tokens = ["token_embeddings", "last_hidden_state", "output_0"];
    private static readonly string[] s_late = ["contextual", "token_embeddings", "last_hidden_state", "output_0"];
    private static readonly string[] s_sparse = ["logits", "sentence_embedding", "output_0"];

    /// <summary>Chooses it.</summary>
    /// <exception cref="ModelException">There is none that can be used.</exception>
    public static NetworkOutput Choose(string folder, string network, OnnxModelHeader header, FolderSettings settings, EmbeddingOptions options)
    {
        var kind = settings.Sparse is not null ? EmbeddingKind.Sparse : settings.Late is not null ? EmbeddingKind.MultiVector : EmbeddingKind.Dense;
        var output = Find(network, header, kind);
        var perToken = output.Shape!.Count == 3;
        if (perToken && settings.UnsupportedModule is { } module)
        {
            throw new ModelException($"{Path.Combine(folder, "modules.json")}: it asks for {module} after pooling, which Sluice does not do. Export the network with it included.");
        }

        if (perToken && kind == EmbeddingKind.Dense && settings.MissingPooling is { } missing)
        {
            throw new ModelException(missing);
        }

        if (perToken && kind == EmbeddingKind.Dense && settings.Dense.Count == 0 && output is { Name: "last_hidden_state", Shape: [.., > 0 and var has] } && settings.Dimension is { } said && said != has)
        {
            throw new ModelException($"{network}: its output '{output.Name}' has {has} components, and the files beside it (hidden_size in {Path.Combine(folder, "config.json")}, or the pooling) say {said}. Are these files of one model? Download them again.");
        }

        var layers = kind == EmbeddingKind.Sparse ? [] : LayersBehind(network, output, settings);
        var width = output.Shape[^1] > 0 ? (int)output.Shape[^1]
            : layers.Count > 0 ? layers[0].Inputs
            : (kind == EmbeddingKind.Sparse ? settings.VocabularySize : settings.Dimension)
            ?? throw new ModelException($"{network}: neither the output '{output.Name}' nor config.json ('{(kind == EmbeddingKind.Sparse ? "vocab_size" : "hidden_size")}') tells the number of components.");
        var dimension = layers.Count > 0 ? layers[^1].Outputs : width;
        return new NetworkOutput(output.Name, perToken, width, kind, !perToken || kind != EmbeddingKind.Dense ? PoolingMode.None : settings.Pooling, layers, Cut(folder, kind, dimension, options));
    }

    private static OnnxValue Find(string network, OnnxModelHeader header, EmbeddingKind kind)
    {
        string[] names = kind switch
        {
            EmbeddingKind.MultiVector => s_late,
            EmbeddingKind.Sparse => s_sparse,
            _ => [.. s_pooled, .. s_tokens],
        };
        var outputs = kind == EmbeddingKind.MultiVector && header.Outputs.Any(static output => output.Shape is { Count: 3 }) ? [.. header.Outputs.Where(static output => output.Shape is { Count: 3 })] : header.Outputs;
        var output = names.Select(name => outputs.FirstOrDefault(output => output.Name == name)).FirstOrDefault(static output => output is not null)
            ?? (outputs.Count > 0 ? outputs[0] : throw new ModelException($"{network}: it has no output."));
        if (output.ElementType is not (OnnxGraphBuilder.Float or OnnxGraphBuilder.Float16))
        {
            throw new ModelException($"{network}: the output '{output.Name}' is not of 32-bit or 16-bit floats. Export the model with such outputs.");
        }

        if (output.Shape is not { Count: 2 or 3 })
        {
            throw new ModelException($"{network}: the output '{output.Name}' has {output.Shape?.Count ?? 0} dimensions; one vector a text (2) or one a token (3) can be used.");
        }

        return kind == EmbeddingKind.MultiVector && output.Shape.Count == 2
            ? throw new ModelException($"{network}: the output '{output.Name}' is one vector a text, and a late-interaction model has one a token. Export the model with its token vectors.")
            : output;
    }

    /// <summary>The linear layers that are not part of the network already, by the components of its output.</summary>
    private static IReadOnlyList<DenseModule> LayersBehind(string network, OnnxValue output, FolderSettings settings)
    {
        var layers = settings.Dense;
        var width = output.Shape![^1];
        if (layers.Count == 0 || (output.Shape.Count == 2 && width != layers[0].Inputs) || (width == layers[^1].Outputs && width != layers[0].Inputs)
            || (output.Shape.Count == 2 && layers[0].Inputs == layers[^1].Outputs))
        {
            return [];
        }

        var before = width > 0 ? (int)width : layers[0].Inputs;
        foreach (var layer in layers)
        {
            RequireComputable(layer, settings);
            if (layer.Inputs != before)
            {
                throw new ModelException($"{Path.Combine(layer.Folder, "config.json")}: in_features = {layer.Inputs}, and what goes in (the output '{output.Name}' of {Path.GetFileName(network)}, or the layer before) has {before} components. Are these files of one model?");
            }

            before = layer.Outputs;
        }

        return layers;
    }

    /// <summary>Refuses a layer that would come out wrong.</summary>
    /// <exception cref="ModelException">Its settings ask for something that is not computed.</exception>
    private static void RequireComputable(DenseModule layer, FolderSettings settings)
    {
        var unsupported = layer.Unsupported
            ?? (layer.IsOfTokens && settings.Late is null && !layer.CommutesWith(settings.Pooling) ? $"module_input_name = 'token_embeddings' before pooling ({settings.Pooling})" : null);
        if (unsupported is not null)
        {
            throw new ModelException($"{Path.Combine(layer.Folder, "config.json")}: {unsupported} is not supported in a linear layer. Export the network with the layer included.");
        }
    }

    /// <summary>Components of the embedding, after what the user wants to be cut.</summary>
    /// <exception cref="ModelException">It cannot be cut so.</exception>
    public static int Cut(string folder, EmbeddingKind kind, int dimension, EmbeddingOptions options)
    {
        if (options.Dimensions == 0)
        {
            return dimension;
        }

        if (kind != EmbeddingKind.Dense)
        {
            throw new ModelException($"{folder}: only one dense vector a text can be cut, and this model makes {(kind == EmbeddingKind.Sparse ? "sparse vectors" : "several vectors a text")}. Leave --dimensions (sluice.embedding.dimensions) at 0.");
        }

        return options.Dimensions <= dimension
            ? options.Dimensions
            : throw new ModelException($"{folder}: its vectors have {dimension} components; --dimensions (sluice.embedding.dimensions) asks for {options.Dimensions}. Ask for fewer, or 0 for all.");
    }
}
