using System.Buffers;
using System.Runtime.InteropServices;

namespace Sluice.Cluster.Wire;

/// <summary>One array's memory seen as elements of another type, without a copy: vectors are written from and read into their own bytes.</summary>
/// <param name="from">The memory; must begin where the other type may begin, as the beginning of an array does.</param>
internal sealed class CastMemory<TFrom, TTo>(Memory<TFrom> from) : MemoryManager<TTo>
    where TFrom : struct
    where TTo : struct
{
    /// <summary>Sees memory as elements of another type.</summary>
    public static ReadOnlyMemory<TTo> Of(ReadOnlyMemory<TFrom> memory) => new CastMemory<TFrom, TTo>(MemoryMarshal.AsMemory(memory)).Memory;

    public override Span<TTo> GetSpan() => MemoryMarshal.Cast<TFrom, TTo>(from.Span);

    public override MemoryHandle Pin(int elementIndex = 0) =>
        elementIndex == 0 ? from.Pin() : throw new NotSupportedException("Only the beginning of such memory is pinned.");

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
