using System.Text.Json;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Builds a tokenizer from its file. Whatever it does not understand and would change the ids is an error that names it.</summary>
internal static class TokenizerReader
{
    private static readonly string[] KnownParts = ["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"];

    /// <summary>Builds it.</summary>
    /// <param name="content">Content of <c>tokenizer.json</c>.</param>
    /// <param name="file">The file, for errors.</param>
    /// <param name="fingerprint">Hash of what decides its output.</param>
    /// <exception cref="ModelException">It is not supported or broken.</exception>
    public static HuggingFaceTokenizer Read(ReadOnlySpan<byte> content, string file, string fingerprint)
    {
        CompatibilityForm.Require();
        TokenizerDocument document;
        try
        {
            document = TokenizerDocument.Read(content, file);
        }
        catch (JsonException e)
        {
            throw new ModelException($"{file}: line {e.LineNumber + 1} is not valid JSON. Download it again.", e);
        }

        return Build(document, file, fingerprint);
    }

    private static HuggingFaceTokenizer Build(TokenizerDocument document, string file, string fingerprint)
    {
        var kind = ModelReader.Kind(document, file);
        if (document.UnknownPart(KnownParts) is { } unknown)
        {
            throw document.Part(unknown).Refuse($"'{unknown}'");
        }

        var normalizers = new List<INormalizer>();
        NormalizerReader.Read(document.Part("normalizer"), normalizers);
        var preTokenizers = new List<IPreTokenizer>();
        PreTokenizerReader.Read(document.Part("pre_tokenizer"), preTokenizers);
        var post = PostProcessorReader.Read(document.Part("post_processor"), new PostProcessing());
        var model = ModelReader.Read(document, kind, file);
        var plain = new List<AddedToken>();
        var normalized = new List<AddedToken>();
        var chain = normalizers.ToArray();
        var count = AddedTokenReader.Read(document.Part("added_tokens"), model, chain, plain, normalized);
        var limit = document.Part("truncation")["max_length"];
        return new HuggingFaceTokenizer(
            new TokenizerParts
            {
                Kind = kind,
                Model = model,
                Added = new AddedTokenFinder(plain),
                AddedNormalized = new AddedTokenFinder(normalized),
                Normalizers = chain,
                PreTokenizers = [.. preTokenizers],
                Post = post,
                VocabularySize = Math.Max(count, model.Count),
                MaxTokens = limit.IsSet ? limit.Integer : null,
            },
            fingerprint);
    }
}
