using System.Buffers;
using System.Text;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>
/// A normalization form of Unicode. What must be normalized together keeps one range of the original text, everything else its own. Characters the original is too
/// old for are left alone.
/// </summary>
internal sealed class FormNormalizer : INormalizer
{
    private const byte Known = 1;
    private const byte Stable = 2;
    private const byte Boundary = 4;
    private const byte Inert = 8;
    private const int Expansion = 18;

    private readonly NormalizationForm _form;
    private readonly byte[]?[] _blocks = new byte[]?[0x110000 >> 8];

    private FormNormalizer(NormalizationForm form) => _form = form;

    /// <summary>Canonical composition.</summary>
    public static FormNormalizer C { get; } = new(NormalizationForm.FormC);

    /// <summary>Canonical decomposition.</summary>
    public static FormNormalizer D { get; } = new(NormalizationForm.FormD);

    /// <summary>Compatibility composition.</summary>
    public static FormNormalizer KC { get; } = new(NormalizationForm.FormKC);

    /// <summary>Compatibility decomposition.</summary>
    public static FormNormalizer KD { get; } = new(NormalizationForm.FormKD);

    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        var chars = source.Chars;
        if (Ascii.IsValid(chars))
        {
            target.Add(source, 0, chars.Length);
            return;
        }

        for (var i = 0; i < chars.Length;)
        {
            if (chars[i] < 0x80 && (i + 1 == chars.Length || chars[i + 1] < 0x300))
            {
                target.Add(chars[i], source.From[i], source.To[i]);
                i++;
                continue;
            }

            var flags = Flags(source.CodePointAt(i, out var length));
            var end = i + length;
            if ((flags & Inert) == 0)
            {
                while (end < chars.Length && (Flags(source.CodePointAt(end, out var next)) & Boundary) == 0)
                {
                    end += next;
                }
            }

            if (end == i + length && (flags & Stable) != 0)
            {
                target.Add(source, i, end);
            }
            else
            {
                Cluster(source, i, end, target);
            }

            i = end;
        }
    }

    private void Cluster(AlignedText source, int start, int end, AlignedText target)
    {
        var cluster = source.Chars[start..end];
        char[]? rented = null;
        var normal = cluster.Length <= 32 ? stackalloc char[32 * Expansion] : (rented = ArrayPool<char>.Shared.Rent(cluster.Length * Expansion));
        try
        {
            if (!cluster.TryNormalize(normal, out var length, _form))
            {
                throw new InvalidOperationException($"The normal form of {cluster.Length} characters is longer than {cluster.Length * Expansion}.");
            }

            if (normal[..length].SequenceEqual(cluster))
            {
                target.Add(source, start, end);
            }
            else
            {
                target.Add(normal[..length], source.From[start], source.To[end - 1]);
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    private byte Flags(int codePoint)
    {
        var block = _blocks[codePoint >> 8] ??= new byte[256];
        var flags = block[codePoint & 0xFF];
        return flags != 0 ? flags : block[codePoint & 0xFF] = Compute(codePoint);
    }

    private byte Compute(int codePoint)
    {
        // The runtime refuses U+FFFE; neither it nor U+FFFF changes.
        if (codePoint is 0xFFFE or 0xFFFF || CharacterClasses.Contains(CharacterTables.Inert, codePoint))
        {
            return Known | Stable | Boundary | Inert;
        }

        var flags = Known;
        if (codePoint < 0x300 || CompatibilityForm.IsBoundaryBefore(codePoint))
        {
            flags |= Boundary;
        }

        Span<char> text = stackalloc char[2];
        Span<char> normal = stackalloc char[2 * Expansion];
        text = text[..new Rune(codePoint).EncodeToUtf16(text)];
        if (((ReadOnlySpan<char>)text).TryNormalize(normal, out var length, _form) && normal[..length].SequenceEqual(text))
        {
            flags |= Stable;
        }

        return flags;
    }
}
