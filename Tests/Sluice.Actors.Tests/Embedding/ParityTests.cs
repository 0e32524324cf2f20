using System.IO.Compression;
using System.Text.Json;
using Sluice.Actors.Embedding;
using Sluice.Actors.Tests.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Our embeddings against those of transformers.js on the same ONNX files; <c>parity-vectors</c> of the benchmarks made them.</summary>
public sealed class ParityTests : IDisposable
{
    private const double Least = 0.99999;
    private static readonly Lazy<JsonElement> s_reference = new(Read);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var family in ParityModels.Families)
            {
                foreach (var kind in ParityModels.Kinds)
                {
                    cases.Add(family, kind, kind);
                }

                cases.Add(family, "late", "documents");
                cases.Add(family, "late", "questions");
                cases.Add(family, "sparse", "sparse");
            }

            return cases;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task EmbedAsync_TextsOfManyLengths_EqualsTheReference(string family, string kind, string property)
    {
        await using var model = Open(family, kind);
        await using var embedder = model.CreateEmbedder();
        var part = s_reference.Value.GetProperty(family);
        var results = part.GetProperty(kind == "sparse" ? "scores" : "results");
        var texts = part.GetProperty("texts").EnumerateArray().Take(results.GetArrayLength()).Select(static text => text.GetString()!).ToArray();
        var buffer = new TokenBuffer();
        ReadOnlyMemory<int>[] ids = Array.ConvertAll(texts, text => (ReadOnlyMemory<int>)(property == "questions" ? model.EncodeQuery(text, buffer) : model.Encode(text, buffer)));
        if (kind == "mean")
        {
            ids.Select(static row => row.ToArray()).ShouldBe(results.EnumerateArray().Select(static result => result.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray()));
        }

        // All at once, in the other order and in pieces: what stands beside a text does not matter.
        ShouldBeNear(await EmbedAsync(ids), results, property);
        ShouldBeNear([.. (await EmbedAsync([.. ids.Reverse()])).Reverse()], results, property);
        var pieces = new List<Embedding>();
        foreach (var piece in ids.Chunk(5))
        {
            pieces.AddRange(await EmbedAsync(piece));
        }

        ShouldBeNear(pieces, results, property);

        async Task<IReadOnlyList<Embedding>> EmbedAsync(ReadOnlyMemory<int>[] batch)
            => property == "questions" ? await embedder.EmbedQueriesAsync(batch, CancellationToken.None) : await embedder.EmbedAsync(batch, CancellationToken.None);
    }

    [Fact]
    public async Task EmbedAsync_ManyCallersAtOnce_EachGetsItsOwn()
    {
        await using var model = Open("bert-uncased", "mean");
        await using var one = model.CreateEmbedder();
        await using var other = model.CreateEmbedder();
        var part = s_reference.Value.GetProperty("bert-uncased");
        var results = part.GetProperty("results");
        var texts = part.GetProperty("texts").EnumerateArray().Select(static text => text.GetString()!).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 48).Select(async number =>
        {
            var index = number % texts.Length;
            var ids = (ReadOnlyMemory<int>)model.Encode(texts[index], new TokenBuffer());
            var embedding = (await (number % 2 == 0 ? one : other).EmbedAsync([ids, ids[..1]], CancellationToken.None))[0];
            ParityVectors.Cosine(embedding, results[index].GetProperty("mean")).ShouldBeGreaterThanOrEqualTo(Least);
        }));
    }

    private static void ShouldBeNear(IReadOnlyList<Embedding> embeddings, JsonElement results, string property)
    {
        embeddings.Count.ShouldBe(results.GetArrayLength());
        for (var i = 0; i < embeddings.Count; i++)
        {
            ParityVectors.Cosine(embeddings[i], results[i].GetProperty(property)).ShouldBeGreaterThanOrEqualTo(Least, $"text {i}");
        }
    }

    private static JsonElement Read()
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Embedding", "Data", "parity.json.gz")), CompressionMode.Decompress);
        using var json = JsonDocument.Parse(stream);
        return json.RootElement.Clone();
    }

    private EmbeddingModel Open(string family, string kind)
    {
        ParityModels.Write(_folder.Root, family, HuggingFaceVectors.File(family), kind);
        var options = new EmbeddingOptions { Threads = 1, Dimensions = kind == "cut" ? ParityModels.Cut : 0 };
        return EmbeddingModel.Open(ModelFolder.Open(_folder.Root, null, options), options);
    }
}
