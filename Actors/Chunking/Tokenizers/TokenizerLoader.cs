using System.Security.Cryptography;
using System.Text.Json;
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

    /// <summary>Reads <c>tokenizer.json</c> and, where present, <c>tokenizer_config.json</c>.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ModelException">A file is missing or broken, or asks for something that is not supported, which is named.</exception>
    public static ITokenizer Load(string modelFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        var file = Path.Combine(modelFolder, TokenizerFile);
        if (!File.Exists(file))
        {
            throw new ModelException(
                File.Exists(Path.Combine(modelFolder, "vocab.txt"))
                    ? $"{modelFolder}: there is only a vocab.txt (WordPiece), which Sluice does not read yet; it needs a {TokenizerFile} of type Unigram."
                    : $"{modelFolder}: there is no {TokenizerFile}. Download it with the model, or save the tokenizer in the fast (tokenizers library) format.");
        }

        var config = Path.Combine(modelFolder, ConfigFile);
        return Parse(File.ReadAllBytes(file), File.Exists(config) ? File.ReadAllBytes(config) : null, file);
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
        using var json = ParseJson(tokenizer, file);
        using var configJson = config is { } content ? ParseJson(content, Path.Combine(Path.GetDirectoryName(file) ?? "", ConfigFile)) : null;
        try
        {
            var type = ModelType(json.RootElement);
            return type switch
            {
                "Unigram" => UnigramJson.Read(json.RootElement, configJson?.RootElement, file, Fingerprint(tokenizer.Span, config is { } c ? c.Span : [])),
                "WordPiece" or "BPE" or "WordLevel" => throw new ModelException($"{file}: the tokenizer is of type {type}, which Sluice does not read yet; it reads Unigram."),
                null => throw new ModelException($"{file}: there is no 'model.type', so this is not a tokenizer of the tokenizers library."),
                _ => throw new ModelException($"{file}: the tokenizer is of type '{type}', which Sluice does not know; it reads Unigram."),
            };
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new ModelException($"{file}: it is not laid out as the tokenizers library writes it ({e.Message}). Download it again.", e);
        }
    }

    private static string? ModelType(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (model.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String)
        {
            return type.GetString();
        }

        // Old files leave the type out; only a unigram model has a list for a vocabulary.
        return model.TryGetProperty("vocab", out var vocabulary) && vocabulary.ValueKind == JsonValueKind.Array ? "Unigram" : null;
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

    private static string Fingerprint(ReadOnlySpan<byte> tokenizer, ReadOnlySpan<byte> config)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(tokenizer));
        hash.AppendData(SHA256.HashData(config));
        return $"tokenizer-1:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
