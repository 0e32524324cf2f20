using System.Text;
using System.Text.Json;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Builds a tokenizer of the BERT family from its <c>vocab.txt</c>, one token a line, and the settings of <c>tokenizer_config.json</c>.</summary>
internal static class VocabularyFile
{
    private const int LongestWord = 100;

    /// <summary>Builds it.</summary>
    /// <param name="content">Content of <c>vocab.txt</c>.</param>
    /// <param name="config">Content of <c>tokenizer_config.json</c>; not set when there is none.</param>
    /// <param name="file">The first, for errors.</param>
    /// <param name="fingerprint">Hash of what decides its output.</param>
    /// <exception cref="ModelException">It is not supported or broken.</exception>
    public static HuggingFaceTokenizer Read(ReadOnlySpan<byte> content, JsonPart config, string file, string fingerprint)
    {
        CompatibilityForm.Require();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var count = 0;
        foreach (var line in Encoding.UTF8.GetString(content).TrimStart('\uFEFF').TrimEnd('\n').Split('\n'))
        {
            ids[line.TrimEnd('\r')] = count++;
        }

        var vocabulary = new Vocabulary(ids);
        var special = new List<AddedToken>();
        int Special(string name, string usual)
        {
            var setting = config[name];
            var token = setting.Value.ValueKind == JsonValueKind.Object ? setting["content"].Text : setting.TextOr(usual);
            var id = vocabulary.Find(token);
            if (id < 0)
            {
                throw new ModelException($"{file}: it has no line '{token}' ({name}), so it is not the vocabulary of a BERT model. Save the tokenizer in the fast format and use its tokenizer.json.");
            }

            special.Add(new AddedToken(id, token, SingleWord: false, StripsLeft: false, StripsRight: false));
            return id;
        }

        var unknown = Special("unk_token", "[UNK]");
        var post = new PostProcessing { Before = [Special("cls_token", "[CLS]")], After = [Special("sep_token", "[SEP]")] };
        foreach (var (name, usual) in new[] { ("pad_token", "[PAD]"), ("mask_token", "[MASK]") })
        {
            if (config[name].IsSet || vocabulary.Find(usual) >= 0)
            {
                Special(name, usual);
            }
        }

        return new HuggingFaceTokenizer(
            new TokenizerParts
            {
                Kind = "WordPiece",
                Model = new WordPieceModel(vocabulary, unknown, "##", LongestWord),
                Added = new AddedTokenFinder(special),
                AddedNormalized = new AddedTokenFinder([]),
                Normalizers = Normalizers(config),
                PreTokenizers = [new WordSplit(isolatesPunctuation: true)],
                Post = post,
                VocabularySize = vocabulary.Count,
            },
            fingerprint);
    }

    private static INormalizer[] Normalizers(JsonPart config)
    {
        if (config["do_basic_tokenize"].IsSet && !config["do_basic_tokenize"].Flag)
        {
            throw config["do_basic_tokenize"].Refuse("do_basic_tokenize = false");
        }

        if (config["tokenizer_class"].IsSet && config["tokenizer_class"].Text is var type && type is not ("BertTokenizer" or "BertTokenizerFast" or "DistilBertTokenizer" or "DistilBertTokenizerFast" or "ElectraTokenizer" or "ElectraTokenizerFast"))
        {
            throw config["tokenizer_class"].Refuse($"the tokenizer {type} from a vocab.txt alone; save it in the fast format, which writes a tokenizer.json");
        }

        var lowercases = config["do_lower_case"].FlagOr(true);
        var normalizers = new List<INormalizer> { new BertCleaner(cleans: true, config["tokenize_chinese_chars"].FlagOr(true)) };
        if (config["strip_accents"].FlagOr(lowercases))
        {
            normalizers.Add(FormNormalizer.D);
            normalizers.Add(new ClassRemover(CharacterClass.NonSpacing));
        }

        if (lowercases)
        {
            normalizers.Add(new LowercaseNormalizer());
        }

        return [.. normalizers];
    }
}
