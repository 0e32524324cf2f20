using Microsoft.ML.OnnxRuntime;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>The input tensors of a batch of images. Not safe for concurrent use.</summary>
/// <param name="folder">The model.</param>
/// <param name="memory">Where the pixels lie.</param>
internal sealed class ImageBatch(ModelFolder folder, HostMemory memory) : IDisposable
{
    private readonly PixelBuffer _pixels = new(folder.Visual!, memory);
    private readonly List<OrtValue> _values = [];

    /// <summary>Names of the inputs.</summary>
    public IReadOnlyCollection<string> Names => folder.Visual!.Inputs;

    /// <summary>The inputs, as many; from <see cref="Fill"/> to <see cref="Release"/>.</summary>
    public IReadOnlyCollection<OrtValue> Values => _values;

    /// <summary>The output that is asked for.</summary>
    public IReadOnlyCollection<string> Outputs { get; } = [folder.Visual!.Output];

    /// <summary>Fills in the images, and beside each the text that the model wants there.</summary>
    /// <exception cref="ArgumentException">One is not of the size that the network takes.</exception>
    public void Fill(IReadOnlyList<PreparedImage> images)
    {
        // A network that compares images with texts takes any number of either; one that reads pages wants the page's place in each text.
        var texts = folder.Visual!.Settings.IsLate ? images.Count : 1;
        foreach (var name in folder.Visual.Inputs)
        {
            _values.Add(name switch
            {
                VisualPlan.Pixels => _pixels.Fill(images),
                "input_ids" => Texts(texts, folder.Prompts.Beside),
                _ => Texts(texts, Enumerable.Repeat(1, folder.Prompts.Beside.Length).ToArray()),
            });
        }
    }

    /// <summary>Lets go of the tensors; the buffers stay.</summary>
    public void Release()
    {
        foreach (var value in _values)
        {
            value.Dispose();
        }

        _values.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        _pixels.Dispose();
    }

    private static OrtValue Texts(int count, ReadOnlySpan<int> ids)
    {
        var values = new long[count * ids.Length];
        for (var at = 0; at < values.Length; at++)
        {
            values[at] = ids[at % ids.Length];
        }

        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(), [count, ids.Length]);
    }
}
