using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Actors.Parsing.Text;

/// <summary>How well bytes fit UTF-8.</summary>
/// <param name="Sequences">Valid sequences of more than one byte.</param>
/// <param name="Broken">Invalid sequences; one cut off by the end does not count.</param>
internal readonly record struct Utf8Statistics(int Sequences, int Broken)
{
    /// <summary>Whether nothing is broken.</summary>
    public bool IsValid => Broken == 0;

    /// <summary>Whether it is UTF-8 with a few broken places: other encodings hardly ever form valid sequences by chance.</summary>
    public bool IsMostlyUtf8 => Sequences > 0 && Sequences >= Broken;

    /// <summary>Counts.</summary>
    public static Utf8Statistics Of(ReadOnlySpan<byte> bytes)
    {
        if (Ascii.IsValid(bytes))
        {
            return default;
        }

        if (Utf8.IsValid(bytes))
        {
            return new(1, 0);
        }

        var sequences = 0;
        var broken = 0;
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out _, out var consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                break;
            }

            sequences += status == OperationStatus.Done && consumed > 1 ? 1 : 0;
            broken += status == OperationStatus.InvalidData ? 1 : 0;
            bytes = bytes[consumed..];
        }

        return new(sequences, broken);
    }
}
