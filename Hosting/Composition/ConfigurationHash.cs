using System.Security.Cryptography;
using System.Text;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>The hash of everything that decides what a document becomes: documents indexed under another one are processed again.</summary>
internal static class ConfigurationHash
{
    /// <summary>Makes the hash.</summary>
    /// <param name="parser">The parser.</param>
    /// <param name="chunker">The chunker.</param>
    /// <param name="model">The model.</param>
    /// <returns>32 hexadecimal digits.</returns>
    public static string Of(IDocumentParser parser, IChunker chunker, EmbeddingModelInfo model)
    {
        var text = $"{parser.Fingerprint}\u001f{chunker.Fingerprint}\u001f{model.Fingerprint}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
