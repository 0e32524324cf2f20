using Microsoft.ML.OnnxRuntime;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>The input tensors of a batch. The buffers are pinned once, grow to the largest batch and are used again. Not safe for concurrent use.</summary>
/// <param name="folder">The model.</param>
internal sealed class OnnxBatch(ModelFolder folder)
{
    private readonly long[][] _buffers = [.. folder.Inputs.Select(static _ => Array.Empty<long>())];
    private readonly List<OrtValue> _values = [];

    /// <summary>Names of the inputs.</summary>
    public IReadOnlyCollection<string> Names => folder.Inputs;

    /// <summary>The inputs, as many; from <see cref="Fill"/> to <see cref="Release"/>.</summary>
    public IReadOnlyCollection<OrtValue> Values => _values;

    /// <summary>The output that is asked for.</summary>
    public IReadOnlyCollection<string> Outputs { get; } = [folder.Output];

    /// <summary>Tokens of a row, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Fills in the texts, padded on the right to the longest of them.</summary>
    /// <exception cref="ArgumentException">A text is too long or has an id the model does not have.</exception>
    public void Fill(IReadOnlyList<ReadOnlyMemory<int>> texts)
    {
        Length = 1; // A row of nothing but padding stands for an empty text.
        for (var row = 0; row < texts.Count; row++)
        {
            Length = Math.Max(Length, texts[row].Length);
        }

        if (Length > folder.Info.MaxTokens)
        {
            throw new ArgumentException($"A text has {Length} tokens; the model {folder.Info.Name} takes {folder.Info.MaxTokens}. Cut it into chunks first.", nameof(texts));
        }

        long[] shape = [texts.Count, Length];
        for (var input = 0; input < _buffers.Length; input++)
        {
            var size = texts.Count * Length;
            if (_buffers[input].Length < size)
            {
                _buffers[input] = GC.AllocateUninitializedArray<long>(Math.Max(size, 2 * _buffers[input].Length), pinned: true);
            }

            var name = folder.Inputs[input];
            for (var row = 0; row < texts.Count; row++)
            {
                FillRow(name, texts[row].Span, _buffers[input].AsSpan(row * Length, Length), row);
            }

            _values.Add(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _buffers[input].AsMemory(0, size), shape));
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

    private void FillRow(string name, ReadOnlySpan<int> ids, Span<long> row, int number)
    {
        switch (name)
        {
            case "input_ids":
                var limit = folder.VocabularySize ?? int.MaxValue;
                for (var i = 0; i < ids.Length; i++)
                {
                    if ((uint)ids[i] >= (uint)limit)
                    {
                        throw new ArgumentException($"Text {number} has the token id {ids[i]}; the ids of the model {folder.Info.Name} are 0 to {limit - 1}. Was it tokenized for another model?", nameof(ids));
                    }

                    row[i] = ids[i];
                }

                row[ids.Length..].Clear();
                break;
            case "attention_mask":
                row[..ids.Length].Fill(1);
                row[ids.Length..].Clear();
                break;
            case "position_ids":
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = i;
                }

                break;
            default:
                row.Clear();
                break;
        }
    }
}
