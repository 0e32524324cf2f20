using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

/// <summary>The small tokenizers and what the original makes of texts with them.</summary>
internal static class HuggingFaceVectors
{
    public static readonly string[] Families = ["bert-cased", "bert-uncased", "bpe-roberta", "bpe-suffix", "unigram-bytes", "unigram-xlmr", "wordlevel-splits", "wordpiece-chain"];

    private static readonly Lazy<JsonElement> Content = new(() => JsonElement.Parse(Unpack("vectors.json.gz")));

    /// <summary>The texts, lone surrogates and all.</summary>
    public static string[] Texts => [.. Content.Value.GetProperty("texts").EnumerateArray().Select(static text => Encoding.Unicode.GetString(text.GetBytesFromBase64()))];

    /// <summary>A tokenizer's file.</summary>
    public static byte[] File(string family) => Unpack(family + ".tokenizer.json.gz");

    /// <summary>A tokenizer.</summary>
    public static HuggingFaceTokenizer Load(string family) => TokenizerLoader.Parse(File(family), null, "tokenizer.json").ShouldBeOfType<HuggingFaceTokenizer>();

    /// <summary>The original's ids of a text.</summary>
    public static int[] Ids(string family, int text) => [.. Content.Value.GetProperty("families").GetProperty(family).GetProperty("ids")[text].EnumerateArray().Select(static id => id.GetInt32())];

    /// <summary>Hashes of the original's ids of the blocks of code points.</summary>
    public static uint[] Blocks(string family) => [.. Content.Value.GetProperty("families").GetProperty(family).GetProperty("blocks").EnumerateArray().Select(static hash => hash.GetUInt32())];

    /// <summary>The text of a block: 256 code points between letters.</summary>
    public static string Block(int number)
    {
        var text = new StringBuilder();
        for (var codePoint = number * 256; codePoint < (number * 256) + 256; codePoint++)
        {
            if (codePoint is < 0xD800 or > 0xDFFF)
            {
                text.Append('a').Append(char.ConvertFromUtf32(codePoint)).Append("b ");
            }
        }

        return text.ToString();
    }

    /// <summary>The hash of ids (FNV-1a over their bytes).</summary>
    public static uint Hash(ReadOnlySpan<int> ids)
    {
        var hash = 0x811C9DC5;
        foreach (var id in ids)
        {
            for (var shift = 0; shift < 32; shift += 8)
            {
                hash = (hash ^ ((uint)(id >> shift) & 0xFF)) * 0x01000193;
            }
        }

        return hash;
    }

    private static byte[] Unpack(string name)
    {
        using var stream = new GZipStream(System.IO.File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Chunking", "Tokenizers", "Data", name)), CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
