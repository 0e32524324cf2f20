using Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Builds the pre-tokenizers a file asks for.</summary>
internal static class PreTokenizerReader
{
    /// <summary>Adds them in order.</summary>
    /// <exception cref="ModelException">One is not supported or broken.</exception>
    public static void Read(JsonPart part, List<IPreTokenizer> preTokenizers)
    {
        if (!part.IsSet)
        {
            return;
        }

        switch (part.Type)
        {
            case "Sequence":
                part.Expect("pretokenizers");
                foreach (var step in part["pretokenizers"].Items)
                {
                    Read(step, preTokenizers);
                }

                break;
            case "BertPreTokenizer":
                preTokenizers.Add(new WordSplit(isolatesPunctuation: true));
                break;
            case "Whitespace":
                preTokenizers.Add(new WordSplit(isolatesPunctuation: false));
                break;
            case "WhitespaceSplit":
                preTokenizers.Add(new ClassSplit(CharacterClass.Space, SplitBehavior.Removed));
                break;
            case "Punctuation":
                part.Expect("behavior");
                preTokenizers.Add(new ClassSplit(CharacterClass.Punctuation, part["behavior"].IsSet ? Behavior(part["behavior"]) : SplitBehavior.Isolated));
                break;
            case "Digits":
                part.Expect("individual_digits");
                preTokenizers.Add(new ClassSplit(CharacterClass.Number, part["individual_digits"].FlagOr(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous));
                break;
            case "ByteLevel":
                part.Expect("add_prefix_space", "trim_offsets", "use_regex");
                preTokenizers.Add(new ByteLevelPreTokenizer(part["add_prefix_space"].FlagOr(true), part["use_regex"].FlagOr(true)));
                break;
            case "Metaspace":
                preTokenizers.Add(ReadMetaspace(part));
                break;
            case "Split":
                part.Expect("pattern", "behavior", "invert");
                preTokenizers.Add(new PatternSplit(PatternReader.Read(part["pattern"]), Behavior(part["behavior"]), part["invert"].FlagOr(false)));
                break;
            case "CharDelimiterSplit":
                part.Expect("delimiter");
                preTokenizers.Add(new PatternSplit(TextPattern.OfText(part["delimiter"].Text), SplitBehavior.Removed, isInverted: false));
                break;
            default:
                throw part.Refuse($"the pre-tokenizer {part.Type}");
        }
    }

    private static SplitBehavior Behavior(JsonPart part) => part.Text switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw part.Refuse($"the behavior '{other}'"),
    };

    private static MetaspacePreTokenizer ReadMetaspace(JsonPart part)
    {
        part.Expect("replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep");
        if (part["replacement"].TextOr("\u2581") is not { Length: 1 } mark)
        {
            throw part["replacement"].Refuse("a Metaspace replacement that is not one character");
        }

        var scheme = part["prepend_scheme"].IsSet
            ? part["prepend_scheme"].Text switch
            {
                "always" => PrependScheme.Always,
                "first" => PrependScheme.First,
                "never" => PrependScheme.Never,
                var other => throw part["prepend_scheme"].Refuse($"the prepend scheme '{other}'"),
            }
            : part["add_prefix_space"].FlagOr(true) ? PrependScheme.Always : PrependScheme.Never;
        return new MetaspacePreTokenizer(mark[0], scheme, part["split"].FlagOr(true));
    }
}
