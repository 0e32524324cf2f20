using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>The values of one input, batch after batch: it grows to the largest batch and is used again. Not safe for concurrent use.</summary>
/// <typeparam name="T">Type of an element; the network's own.</typeparam>
/// <param name="memory">Where it lies.</param>
/// <param name="type">The same as ONNX Runtime calls it.</param>
internal sealed unsafe class InputBuffer<T>(HostMemory memory, TensorElementType type) : IDisposable
    where T : unmanaged
{
    private OrtMemoryAllocation? _pinned;
    private T[] _values = [];
    private int _capacity;

    /// <summary>Room for a batch. What an earlier one held is there still, or not.</summary>
    /// <param name="count">Elements of the batch.</param>
    public Span<T> Take(int count)
    {
        if (count > _capacity)
        {
            Grow((int)Math.Min(Array.MaxLength, Math.Max(count, 2L * _capacity)));
        }

        return _pinned is null ? _values.AsSpan(0, count) : new Span<T>((void*)_pinned.DangerousGetHandle(), count);
    }

    /// <summary>The first elements as a tensor, which does not outlive the buffer.</summary>
    /// <param name="shape">Its dimensions; not more elements than were taken last.</param>
    public OrtValue ToTensor(params long[] shape)
    {
        long count = 1;
        foreach (var dimension in shape)
        {
            count *= dimension;
        }

        return _pinned is null
            ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _values.AsMemory(0, (int)count), shape)
            : OrtValue.CreateTensorValueWithData(memory.Info, type, shape, _pinned.DangerousGetHandle(), count * Unsafe.SizeOf<T>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pinned?.Dispose();
        _pinned = null;
        (_values, _capacity) = ([], 0);
    }

    private void Grow(int capacity)
    {
        Dispose();
        _pinned = memory.Allocate((long)capacity * Unsafe.SizeOf<T>());
        _values = _pinned is null ? GC.AllocateUninitializedArray<T>(capacity, pinned: true) : [];
        _capacity = capacity;
    }
}
