using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Builds the normalizers a file asks for.</summary>
internal static class NormalizerReader
{
    /// <summary>Adds them in order.</summary>
    /// <exception cref="ModelException">One is not supported or broken.</exception>
    public static void Read(JsonPart part, List<INormalizer> normalizers)
    {
        if (!part.IsSet)
        {
            return;
        }

        switch (part.Type)
        {
            case "Sequence":
                part.Expect("normalizers");
                foreach (var step in part["normalizers"].Items)
                {
                    Read(step, normalizers);
                }

                break;
            case "BertNormalizer":
                ReadBert(part, normalizers);
                break;
            case "NFC":
                normalizers.Add(FormNormalizer.C);
                break;
            case "NFD":
                normalizers.Add(FormNormalizer.D);
                break;
            case "NFKC":
                normalizers.Add(FormNormalizer.KC);
                break;
            case "NFKD":
                normalizers.Add(FormNormalizer.KD);
                break;
            case "Lowercase":
                normalizers.Add(new LowercaseNormalizer());
                break;
            case "StripAccents":
                normalizers.Add(new ClassRemover(CharacterClass.Mark));
                break;
            case "Nmt":
                normalizers.Add(new NmtNormalizer());
                break;
            case "ByteLevel":
                normalizers.Add(new ByteLevelNormalizer());
                break;
            case "Strip":
                part.Expect("strip_left", "strip_right");
                normalizers.Add(new StripNormalizer(part["strip_left"].FlagOr(true), part["strip_right"].FlagOr(true)));
                break;
            case "Prepend":
                part.Expect("prepend");
                normalizers.Add(new PrependNormalizer(part["prepend"].Text));
                break;
            case "Replace":
                part.Expect("pattern", "content");
                normalizers.Add(new ReplaceNormalizer(PatternReader.Read(part["pattern"]), part["content"].Text));
                break;
            case "Precompiled":
                part.Expect("precompiled_charsmap");
                normalizers.Add(ReadMap(part["precompiled_charsmap"]));
                break;
            default:
                throw part.Refuse($"the normalizer {part.Type}");
        }
    }

    private static void ReadBert(JsonPart part, List<INormalizer> normalizers)
    {
        part.Expect("clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        var lowercases = part["lowercase"].FlagOr(true);
        normalizers.Add(new BertCleaner(part["clean_text"].FlagOr(true), part["handle_chinese_chars"].FlagOr(true)));
        if (part["strip_accents"].FlagOr(lowercases))
        {
            normalizers.Add(FormNormalizer.D);
            normalizers.Add(new ClassRemover(CharacterClass.NonSpacing));
        }

        if (lowercases)
        {
            normalizers.Add(new LowercaseNormalizer());
        }
    }

    private static PrecompiledNormalizer ReadMap(JsonPart part)
    {
        try
        {
            return PrecompiledNormalizer.Read(Convert.FromBase64String(part.Text));
        }
        catch (FormatException e)
        {
            throw part.Broken($"the character map of a SentencePiece model ({e.Message})");
        }
    }
}
