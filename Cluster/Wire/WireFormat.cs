using Google.Protobuf;

namespace Sluice.Cluster.Wire;

/// <summary>The protocol between nodes: Protobuf, in an envelope that tells its version. See sluice.proto.</summary>
internal static class WireFormat
{
    /// <summary>
    /// Version of the protocol. Nodes of another version do not take part in a cluster: raised by any change that an older node cannot ignore. 2: a board tells the coordinator's
    /// epoch, a walk what its source's root looks like, and a partition lies in a place; an older node would follow a coordinator that stood still, and read from an empty mount.
    /// </summary>
    public const uint Version = 2;

    /// <summary>Makes an envelope.</summary>
    public static Proto.Envelope Envelope(long job = 0, int attempt = 0, string? trace = null) => new()
    {
        Version = Version,
        Job = job,
        Attempt = (uint)attempt,
        TraceParent = trace ?? System.Diagnostics.Activity.Current?.Id ?? "",
    };

    /// <summary>The trace context of a message; null for none.</summary>
    public static string? Trace(Proto.Envelope envelope) => envelope.TraceParent.Length > 0 ? envelope.TraceParent : null;

    /// <summary>A guid as 16 bytes, big-endian.</summary>
    public static ByteString Bytes(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return ByteString.CopyFrom(bytes);
    }

    /// <summary>16 bytes, big-endian, as a guid.</summary>
    public static Guid Guid(ByteString bytes) => new(bytes.Span, bigEndian: true);
}
