using System.Text;

namespace Sluice.Cluster.Wire;

/// <summary>Reads Protobuf, field by field. What it does not know the caller skips; what is cut short is an error.</summary>
/// <param name="from">The bytes.</param>
internal ref struct WireReader(ReadOnlySpan<byte> from)
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    private readonly ReadOnlySpan<byte> _from = from;
    private int _type;

    /// <summary>Where it is.</summary>
    public int Position { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <param name="field">Its number.</param>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">These are no fields.</exception>
    public bool Next(out int field)
    {
        if (Position == _from.Length)
        {
            field = 0;
            return false;
        }

        var tag = Varint();
        (field, _type) = ((int)(tag >> 3), (int)(tag & 7));
        return field > 0 ? true : throw Broken();
    }

    /// <summary>Reads an integer.</summary>
    public long Integer() => _type == VarintType ? (long)Varint() : throw Broken();

    /// <summary>Reads bytes; they stay where they are.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        var length = _type == BytesType ? Varint() : throw Broken();
        if (length > (ulong)(_from.Length - Position))
        {
            throw Broken();
        }

        var bytes = _from.Slice(Position, (int)length);
        Position += (int)length;
        return bytes;
    }

    /// <summary>Reads a text.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>Reads a guid.</summary>
    public Guid Guid() => Bytes() is { Length: 16 } bytes ? new Guid(bytes, bigEndian: true) : throw Broken();

    /// <summary>Reads integers, packed or one by one.</summary>
    public void Integers(List<int> into)
    {
        if (_type == VarintType)
        {
            into.Add((int)Varint());
            return;
        }

        var packed = new WireReader(Bytes());
        while (packed.Position < packed._from.Length)
        {
            into.Add((int)packed.Varint());
        }
    }

    /// <summary>Passes over the field: a newer release wrote it.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case VarintType: Varint(); break;
            case BytesType: Bytes(); break;
            case Fixed64Type: Pass(8); break;
            case Fixed32Type: Pass(4); break;
            default: throw Broken();
        }
    }

    private static InvalidDataException Broken() => new("A message from another node is broken or cut short.");

    private void Pass(int length) => Position = length <= _from.Length - Position ? Position + length : throw Broken();

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (Position == _from.Length)
            {
                throw Broken();
            }

            var next = _from[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Broken();
    }
}
