using System.Security.Cryptography;
using System.Text.Json;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>Reads the tokenizer of a model folder.</summary>
public static class TokenizerLoader
{
    /// <summary>The tokenizer's file in a model folder, in the Hugging Face format.</summary>
    public const string TokenizerFile = "tokenizer.json";

    /// <summary>Its optional companion, with what the first has no place for.</summary>
    public const string ConfigFile = "tokenizer_config.json";

    /// <summary>The vocabulary of older models of the BERT family, which is enough for them.</summary>
    public const string VocabularyTextFile = "vocab.txt";

    private static readonly string[] SentencePieceFiles = ["sentencepiece.bpe.model", "spiece.model", "tokenizer.model"];

    /// <summary>The file of a model folder that decides how text is cut: <c>tokenizer.json</c>, or without it <c>vocab.txt</c>.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ModelException">There is neither; the message says how to get the first.</exception>
    public static string FindFile(string modelFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        foreach (var name in new[] { TokenizerFile, VocabularyTextFile })
        {
            if (File.Exists(Path.Combine(modelFolder, name)))
            {
                return Path.Combine(modelFolder, name);
            }
        }

        const string advice = "In Python, AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER) of the package transformers writes it; most models have it for download as well.";
        throw new ModelException(Array.Find(SentencePieceFiles, name => File.Exists(Path.Combine(modelFolder, name))) is { } sentencePiece
            ? $"{modelFolder}: there is a {sentencePiece} (SentencePiece) and no {TokenizerFile}, which Sluice reads. {advice}"
            : $"{modelFolder}: there is no {TokenizerFile}. Download it with the model, or save the tokenizer in the fast (tokenizers library) format. {advice}");
    }

    /// <summary>Reads <c>tokenizer.json</c>, or without it <c>vocab.txt</c>, and, where present, <c>tokenizer_config.json</c>.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ModelException">A file is missing or broken, or asks for something that is not supported, which is named.</exception>
    public static ITokenizer Load(string modelFolder)
    {
        var file = FindFile(modelFolder);
        ReadOnlyMemory<byte> content = ReadFile(file);
        var configFile = Path.Combine(modelFolder, ConfigFile);
        var config = File.Exists(configFile) ? ReadFile(configFile) : default(ReadOnlyMemory<byte>?);
        if (Path.GetFileName(file) == TokenizerFile)
        {
            return Parse(content, config, file);
        }

        using var json = config is { } known ? ParseJson(known, configFile) : null;
        return VocabularyFile.Read(content.Span, new JsonPart(json?.RootElement ?? default, configFile, ""), file, Fingerprint(2, content.Span, config));
    }

    /// <summary>Reads a tokenizer from the content of its files.</summary>
    /// <param name="tokenizer">Content of <c>tokenizer.json</c>.</param>
    /// <param name="config">Content of <c>tokenizer_config.json</c>; null when there is none.</param>
    /// <param name="file">What to call the first in errors.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ModelException">It is broken, or asks for something that is not supported, which is named.</exception>
    public static ITokenizer Parse(ReadOnlyMemory<byte> tokenizer, ReadOnlyMemory<byte>? config, string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var configJson = config is { } content ? ParseJson(content, Path.Combine(Path.GetDirectoryName(file) ?? "", ConfigFile)) : null;

        // The default model was trained with another library, whose rules the format has no place for.
        if (configJson is not { RootElement: { ValueKind: JsonValueKind.Object } root } || !root.TryGetProperty("sluice", out _))
        {
            return TokenizerReader.Read(tokenizer.Span, file, Fingerprint(2, tokenizer.Span, null));
        }

        using var json = ParseJson(tokenizer, file);
        try
        {
            return UnigramJson.Read(json.RootElement, root, file, Fingerprint(1, tokenizer.Span, config));
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new ModelException($"{file}: it is not laid out as the tokenizers library writes it ({e.Message}). Download it again.", e);
        }
    }

    private static byte[] ReadFile(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{file}: it cannot be read ({e.Message}).", e);
        }
    }

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> content, string file)
    {
        try
        {
            return JsonDocument.Parse(content);
        }
        catch (JsonException e)
        {
            throw new ModelException($"{file}: line {e.LineNumber + 1} is not valid JSON. Download it again.", e);
        }
    }

    /// <summary>The version is of the rules, and is raised when the same files come to mean other ids.</summary>
    private static string Fingerprint(int version, ReadOnlySpan<byte> tokenizer, ReadOnlyMemory<byte>? config)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(tokenizer));
        hash.AppendData(SHA256.HashData(config is { } content ? content.Span : default));
        return $"tokenizer-{version}:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
