namespace Sluice.Actors.Parsing.Workers;

/// <summary>A frame that was read.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Payload">The rest; valid until the next frame is read.</param>
internal readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Bytes in front of the payload: the kind and the payload's length.</summary>
    public const int HeaderBytes = 5;

    /// <summary>Longest payload, but for pictures.</summary>
    public const int MaxPayload = 64 << 20;

    /// <summary>Bytes of a document that go in one frame.</summary>
    public const int BlockBytes = 64 << 10;
}
