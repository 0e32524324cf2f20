using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Sluice.Actors.Embedding.Visual;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>The input tensors of a batch. Their buffers are used again for the next. Not safe for concurrent use.</summary>
/// <param name="folder">The model.</param>
/// <param name="pooling">Set when the network pools.</param>
/// <param name="step">What the length of rows is a multiple of, as far as the model takes such rows: an accelerator has fewer shapes then to plan and keep memory for.</param>
/// <param name="memory">Where they lie.</param>
internal sealed class OnnxBatch(ModelFolder folder, NetworkPooling? pooling, int step, HostMemory memory) : IDisposable
{
    private readonly InputBuffer<long>[] _buffers = [.. folder.Inputs.Select(_ => new InputBuffer<long>(memory, TensorElementType.Int64))];
    private readonly InputBuffer<float> _weights = new(memory, TensorElementType.Float);
    private readonly List<OrtValue> _values = [];
    private readonly PixelBuffer? _pixels = folder.Visual is { } visual ? new PixelBuffer(visual, memory) : null;
    private int[] _attended = [];

    /// <summary>Names of the inputs.</summary>
    public IReadOnlyCollection<string> Names { get; } = pooling is null ? folder.Inputs : [.. folder.Inputs, NetworkPooling.Weights];

    /// <summary>The inputs, as many; from <see cref="Fill"/> to <see cref="Release"/>.</summary>
    public IReadOnlyCollection<OrtValue> Values => _values;

    /// <summary>The output that is asked for.</summary>
    public IReadOnlyCollection<string> Outputs { get; } = [pooling is null ? folder.Output : NetworkPooling.Output];

    /// <summary>Tokens of a row, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Where the tokens of a text begin in its row.</summary>
    /// <param name="tokens">How many it has.</param>
    public int Start(int tokens) => folder.PadsLeft ? Length - Math.Max(1, tokens) : 0;

    /// <summary>Fills in the texts, padded to the longest of them on the side that the model wants.</summary>
    /// <param name="texts">Their tokens.</param>
    /// <param name="hidden">A token that the others do not see wherever it stands at the end of a text; null for none.</param>
    /// <exception cref="ArgumentException">A text is too long or has an id the model does not have.</exception>
    public void Fill(IReadOnlyList<ReadOnlyMemory<int>> texts, int? hidden)
    {
        Length = 1; // A row of nothing but padding stands for an empty text.
        for (var row = 0; row < texts.Count; row++)
        {
            Length = Math.Max(Length, texts[row].Length);
        }

        if (Length > folder.LongestInput)
        {
            throw new ArgumentException($"A text has {Length} tokens; the model {folder.Info.Name} takes {folder.LongestInput}. Cut it into chunks first.", nameof(texts));
        }

        Length = Math.Min((Length + step - 1) / step * step, folder.LongestInput);
        CountAttended(texts, hidden);
        long[] shape = [texts.Count, Length];
        for (var input = 0; input < _buffers.Length; input++)
        {
            var name = folder.Inputs[input];
            if (name == VisualPlan.Pixels)
            {
                // Where a text may have an image's place in it, each has an image; otherwise one is enough.
                _values.Add(_pixels!.Blank(folder.Visual!.Settings.IsLate ? texts.Count : 1));
                continue;
            }

            var rows = _buffers[input].Take(texts.Count * Length);
            for (var row = 0; row < texts.Count; row++)
            {
                FillRow(name, texts[row].Span, rows.Slice(row * Length, Length), row);
            }

            _values.Add(_buffers[input].ToTensor(shape));
        }

        if (pooling is not null)
        {
            AddWeights(texts, pooling);
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
        Array.ForEach(_buffers, static buffer => buffer.Dispose());
        _weights.Dispose();
        _pixels?.Dispose();
    }

    private void AddWeights(IReadOnlyList<ReadOnlyMemory<int>> texts, NetworkPooling plan)
    {
        var weights = _weights.Take(texts.Count * Length);
        weights.Clear();
        for (var row = 0; row < texts.Count; row++)
        {
            var tokens = texts[row].Length;
            plan.Fill(weights.Slice((row * Length) + Start(tokens), Math.Max(1, tokens)));
        }

        _values.Add(_weights.ToTensor(plan.Shape(texts.Count, Length)));
    }

    private void CountAttended(IReadOnlyList<ReadOnlyMemory<int>> texts, int? hidden)
    {
        if (_attended.Length < texts.Count)
        {
            _attended = new int[texts.Count];
        }

        for (var row = 0; row < texts.Count; row++)
        {
            var ids = texts[row].Span;
            _attended[row] = hidden is { } token ? ids.TrimEnd(token).Length : ids.Length;
        }
    }

    private void FillRow(string name, ReadOnlySpan<int> ids, Span<long> row, int number)
    {
        var start = folder.PadsLeft ? row.Length - ids.Length : 0;
        var attended = _attended[number];
        switch (name)
        {
            case "input_ids":
                row.Fill(folder.PadId);
                CopyIds(ids, row.Slice(start, ids.Length), number);
                break;
            case "attention_mask":
                row.Clear();
                row.Slice(start, attended).Fill(1);
                break;
            case "position_ids":
                // Padding in front has the position 1, as in transformers; behind, positions go on.
                row[..start].Fill(1);
                for (var i = start; i < row.Length; i++)
                {
                    row[i] = i - start + folder.FirstPosition;
                }

                break;
            default:
                row.Clear();
                break;
        }
    }

    private void CopyIds(ReadOnlySpan<int> ids, Span<long> row, int number)
    {
        var limit = folder.VocabularySize ?? int.MaxValue;
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)limit)
            {
                throw new ArgumentException($"Text {number} has the token id {ids[i]}; the ids of the model {folder.Info.Name} are 0 to {limit - 1}. Was it tokenized for another model?", nameof(ids));
            }

            row[i] = ids[i];
        }
    }
}
