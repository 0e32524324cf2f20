using Microsoft.ML.OnnxRuntime;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Actors.Embedding.Outputs;
using Sluice.Actors.Embedding.Visual;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <content>Images. Their network may be another one than that for texts; each is loaded when it is needed.</content>
public sealed partial class OnnxEmbedder
{
    private ImageBatch? _images;
    private HostMemory? _imageMemory;
    private InferenceSession? _imageSession;
    private OutputReader? _imageReader;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An image is not of the size that the model takes.</exception>
    /// <exception cref="ModelException">The network cannot be loaded or fails.</exception>
    public async ValueTask<IReadOnlyList<Embedding>> EmbedImagesAsync(IReadOnlyList<PreparedImage> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_folder.Visual is null)
        {
            throw new NotSupportedException($"The model {Model.Name} embeds text; images were given to it.");
        }

        return batch.Count == 0 ? [] : await TakeTurnAsync(() => RunImages(batch, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private InferenceSession ImageSession()
    {
        var network = _folder.Visual!.NetworkFile;
        return _imageSession ??= network == _folder.NetworkFile ? Session() : Open(network);
    }

    private Embedding[] RunImages(IReadOnlyList<PreparedImage> images, CancellationToken cancellationToken)
    {
        var session = ImageSession();
        var batch = _images ??= new ImageBatch(_folder, _imageMemory ??= HostMemory.For(session, _device));
        var reader = _imageReader ??= _folder.CreateImageReader();
        try
        {
            batch.Fill(images);
            return Run(
                options =>
                {
                    using var outputs = session.Run(options, batch.Names, batch.Values, batch.Outputs);
                    return ReadImages(images.Count, outputs[0], reader);
                },
                _folder.Visual!.NetworkFile,
                () => $"{images.Count} images",
                cancellationToken);
        }
        finally
        {
            batch.Release();
        }
    }

    private Embedding[] ReadImages(int count, OrtValue output, OutputReader reader)
    {
        var plan = _folder.Visual!;
        var shape = output.GetTensorTypeAndShape();
        if (shape.Shape.Length != (reader.PerToken ? 3 : 2) || shape.Shape[0] != count || shape.Shape[^1] != reader.Width)
        {
            throw new ModelException($"{plan.NetworkFile}: the output '{plan.Output}' is {string.Join(" x ", shape.Shape)} for {count} images; {count} x {(reader.PerToken ? "any x " : "")}{reader.Width} was expected. Export the model again.");
        }

        var values = Floats(output, shape.ElementDataType);
        var stride = values.Length / count;
        var patches = new int[reader.PerToken ? stride / reader.Width : 0];
        var embeddings = new Embedding[count];
        for (var row = 0; row < count; row++)
        {
            embeddings[row] = reader.Read(values.Slice(row * stride, stride), patches, isQuery: false);
        }

        return embeddings;
    }
}
