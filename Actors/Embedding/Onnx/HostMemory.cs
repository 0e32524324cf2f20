using Microsoft.ML.OnnxRuntime;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>
/// Where the inputs of a network lie before they are given to it. For NVIDIA's devices that is memory the driver keeps in place (pinned memory), from which the device
/// copies by itself while it computes; for the processor, and where the driver gives none, it is memory of this process. To be disposed of after its buffers and before the session.
/// </summary>
internal sealed class HostMemory : IDisposable
{
    private readonly OrtAllocator? _allocator;

    /// <summary>Memory of an allocator.</summary>
    /// <param name="allocator">The allocator, which is disposed of with this; null for memory of this process.</param>
    /// <param name="info">What its memory is.</param>
    internal HostMemory(OrtAllocator? allocator, OrtMemoryInfo info) => (_allocator, Info) = (allocator, info);

    /// <summary>Memory of this process.</summary>
    public static HostMemory Ordinary { get; } = new(null, OrtMemoryInfo.DefaultInstance);

    /// <summary>What a tensor in it says of where it lies.</summary>
    public OrtMemoryInfo Info { get; }

    /// <summary>The memory for a session's inputs.</summary>
    /// <param name="session">The session.</param>
    /// <param name="device">Where it runs.</param>
    public static HostMemory For(InferenceSession session, ExecutionDevice device)
    {
        if (device.Kind == DeviceKind.Cpu)
        {
            return Ordinary;
        }

        var info = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, device.Index, OrtMemType.CpuOutput);
        try
        {
            return new HostMemory(new OrtAllocator(session, info), info);
        }
        catch (OnnxRuntimeException)
        {
            info.Dispose();
            return Ordinary; // Slower by a copy, and as right.
        }
    }

    /// <summary>Gets memory that the driver keeps in place.</summary>
    /// <param name="bytes">How much.</param>
    /// <returns>The memory, or null where this is ordinary, more is wanted than one allocation gives, or there is not so much.</returns>
    public OrtMemoryAllocation? Allocate(long bytes)
    {
        if (_allocator is null || bytes > uint.MaxValue)
        {
            return null;
        }

        try
        {
            return _allocator.Allocate((uint)bytes);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_allocator is not null)
        {
            _allocator.Dispose();
            Info.Dispose();
        }
    }
}
