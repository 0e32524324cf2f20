using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Builds the model of a file.</summary>
internal static class ModelReader
{
    private const int UsualLongestWord = 100;

    /// <summary>The kind of model; old files leave it out, and it is told by what else there is.</summary>
    /// <exception cref="ModelException">There is no model, or its kind is not known.</exception>
    public static string Kind(TokenizerDocument document, string file)
    {
        var type = document.Model("type");
        if (type.IsSet)
        {
            return type.Text is "WordPiece" or "Unigram" or "BPE" or "WordLevel"
                ? type.Text
                : throw new ModelException($"{file}: the tokenizer is of type '{type.Text}', which Sluice does not know; it reads WordPiece, Unigram, BPE and WordLevel.");
        }

        return document.HasScores ? "Unigram"
            : document.Merges.Count > 0 ? "BPE"
            : document.Vocabulary.Count > 0 && document.Model("continuing_subword_prefix").IsSet ? "WordPiece"
            : throw new ModelException($"{file}: there is no 'model.type', so this is not a tokenizer of the tokenizers library.");
    }

    /// <summary>Builds it.</summary>
    /// <exception cref="ModelException">It is not supported or broken.</exception>
    public static TokenModel Read(TokenizerDocument document, string kind, string file)
    {
        if (document.Vocabulary.Count == 0)
        {
            throw new ModelException($"{file}: the vocabulary is empty. Download it again.");
        }

        if (document.HasScores != (kind == "Unigram"))
        {
            throw document.Model("vocab").Broken(kind == "Unigram" ? "a list of tokens and scores" : "ids by token");
        }

        var vocabulary = new Vocabulary(document.Vocabulary);
        return kind switch
        {
            "WordPiece" => ReadWordPiece(document, vocabulary, file),
            "Unigram" => ReadUnigram(document, vocabulary, file),
            "BPE" => ReadBpe(document, vocabulary, file),
            _ => ReadWordLevel(document, vocabulary, file),
        };
    }

    private static int UnknownId(TokenizerDocument document, Vocabulary vocabulary, string usual, string file)
    {
        var token = document.Model("unk_token").TextOr(usual);
        return vocabulary.Find(token) is var id and >= 0
            ? id
            : throw new ModelException($"{file}: 'model.unk_token' must name an entry of the vocabulary, which '{token}' is not. Without it unknown words have no id.");
    }

    private static WordPieceModel ReadWordPiece(TokenizerDocument document, Vocabulary vocabulary, string file)
    {
        document.ExpectModel("WordPiece", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        var longest = document.Model("max_input_chars_per_word");
        return new WordPieceModel(
            vocabulary, UnknownId(document, vocabulary, "[UNK]", file), document.Model("continuing_subword_prefix").TextOr("##"), longest.IsSet ? longest.Integer : UsualLongestWord);
    }

    private static WordLevelModel ReadWordLevel(TokenizerDocument document, Vocabulary vocabulary, string file)
    {
        document.ExpectModel("WordLevel", "unk_token");
        return new WordLevelModel(vocabulary, UnknownId(document, vocabulary, "<unk>", file));
    }

    private static UnigramModel ReadUnigram(TokenizerDocument document, Vocabulary vocabulary, string file)
    {
        document.ExpectModel("Unigram", "unk_id", "byte_fallback");
        var unknown = document.Model("unk_id");
        if (!unknown.IsSet || unknown.Integer >= document.Scores.Count)
        {
            throw new ModelException($"{file}: 'model.unk_id' must name an entry of the vocabulary, between 0 and {document.Scores.Count - 1}. Without it unknown characters have no id.");
        }

        return new UnigramModel(vocabulary, [.. document.Scores], unknown.Integer, document.Model("byte_fallback").FlagOr(false));
    }

    private static BpeModel ReadBpe(TokenizerDocument document, Vocabulary vocabulary, string file)
    {
        var dropout = document.Model("dropout");
        if (dropout.IsSet && dropout.Value.ToString() is not ("0" or "0.0"))
        {
            throw dropout.Refuse("dropout, which makes ids random");
        }

        document.ExpectModel("BPE", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges");
        var settings = new BpeSettings
        {
            UnknownId = document.Model("unk_token").IsSet ? UnknownId(document, vocabulary, "", file) : -1,
            FusesUnknown = document.Model("fuse_unk").FlagOr(false),
            FallsBack = document.Model("byte_fallback").FlagOr(false),
            IgnoresMerges = document.Model("ignore_merges").FlagOr(false),
            Prefix = document.Model("continuing_subword_prefix").TextOr(""),
            Suffix = document.Model("end_of_word_suffix").TextOr(""),
        };
        if (settings.Prefix.Length + settings.Suffix.Length > 12)
        {
            throw document.Model("continuing_subword_prefix").Refuse("a prefix and a suffix of more than 12 characters");
        }

        var merges = new PairTable(document.Merges.Count);
        var bytes = settings.FallsBack ? vocabulary.ByteIds().ToHashSet() : [];
        for (var rank = 0; rank < document.Merges.Count; rank++)
        {
            var (left, right) = document.Merges[rank];
            var merged = left + (right.StartsWith(settings.Prefix, StringComparison.Ordinal) ? right[settings.Prefix.Length..] : right);
            var ids = (Left: vocabulary.Find(left), Right: vocabulary.Find(right), Merged: vocabulary.Find(merged));
            if (ids.Left < 0 || ids.Right < 0 || ids.Merged < 0)
            {
                throw new ModelException($"{file}: the merge of '{left}' and '{right}' takes or makes a token that is not in the vocabulary. Download it again.");
            }

            merges.Set(ids.Left, ids.Right, rank, ids.Merged);
            settings = bytes.Contains(ids.Left) || bytes.Contains(ids.Right) ? settings with { MergesBytes = true } : settings;
        }

        return new BpeModel(vocabulary, merges, settings);
    }
}
