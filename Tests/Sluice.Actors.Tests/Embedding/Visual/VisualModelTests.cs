using System.IO.Compression;
using System.Numerics.Tensors;
using System.Text.Json;
using Sluice.Actors.Embedding;
using Sluice.Actors.Sinks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding.Visual;

using Embedding = Sluice.Streams.Vectors.Embedding;

public sealed class VisualModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("clip")]
    [InlineData("half")]
    [InlineData("siglip")]
    [InlineData("whole")]
    public async Task EmbedImages_ImageOfAColour_IsWhereItsWordIs(string kind)
    {
        await using var model = Open(kind);
        model.Info.EmbedsImages.ShouldBeTrue();
        model.Info.Kind.ShouldBe(EmbeddingKind.Dense);
        model.Info.Dimension.ShouldBe(3);
        model.Info.Distance.ShouldBe(Distance.Cosine);
        model.Info.MaxTokens.ShouldBe(kind == "siglip" ? 64 : 77);
        await model.CheckAsync(CancellationToken.None);
        await using var embedder = model.CreateEmbedder();
        var images = await embedder.EmbedImagesAsync([.. VisualModels.Colours.Keys.Select(colour => Image(model, colour))], CancellationToken.None);
        var number = 0;
        foreach (var colour in VisualModels.Colours.Keys)
        {
            var question = await model.EmbedQueryAsync($"a {colour} car", CancellationToken.None);
            var likeness = images.Select(image => Cosine(image, question)).ToArray();
            likeness[number].ShouldBeGreaterThan(kind == "siglip" ? 0.99f : 0.9999f, colour);
            Array.IndexOf(likeness, likeness.Max()).ShouldBe(number++, colour);
            TensorPrimitives.Norm(Values(question)).ShouldBe(1, 1e-5f);
        }
    }

    [Theory]
    [InlineData("random")]
    [InlineData("colpali")]
    public async Task EmbedImages_AnyBatch_GivesEachImageWhatItGetsAlone(string kind)
    {
        await using var model = Open(kind);
        await using var embedder = model.CreateEmbedder();
        PreparedImage[] images = [.. Enumerable.Range(0, 7).Select(seed => Noise(model, seed))];
        var together = await embedder.EmbedImagesAsync(images, CancellationToken.None);
        var backwards = await embedder.EmbedImagesAsync([.. images.Reverse()], CancellationToken.None);
        for (var index = 0; index < images.Length; index++)
        {
            var alone = (await embedder.EmbedImagesAsync([images[index]], CancellationToken.None))[0];
            Values(together[index]).ToArray().ShouldBe(Values(alone).ToArray(), 1e-5);
            Values(backwards[^(index + 1)]).ToArray().ShouldBe(Values(alone).ToArray(), 1e-5);
            Cosine(together[index], together[(index + 1) % images.Length]).ShouldBeLessThan(0.9999f, "other pixels, another vector");
        }

        (await embedder.EmbedImagesAsync([], CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task EmbedImages_AndTexts_EqualTheReference()
    {
        // What transformers.js made of the same files; `visual-vectors` of the benchmarks wrote it. Its images are scaled by another library, so those that need it are left out.
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Embedding", "Data", "visual.json.gz")), CompressionMode.Decompress);
        using var reference = JsonDocument.Parse(stream);
        await using var model = Open("random");
        await using var embedder = model.CreateEmbedder();
        var samples = VisualSamples.Make(VisualSamples.Tested);
        var embeddings = await embedder.EmbedImagesAsync([.. samples.Select(sample => model.Folder.Images!.Prepare(sample.Pixels, sample.Width, sample.Height))], CancellationToken.None);
        foreach (var index in Enumerable.Range(0, samples.Count).Where(index => samples[index].IsExact))
        {
            ParityVectors.Cosine(embeddings[index], VisualSamples.ToUnitLength(reference.RootElement.GetProperty("images")[index].GetProperty("embedding"))).ShouldBeGreaterThanOrEqualTo(0.99999, $"image {index}");
        }

        for (var index = 0; index < VisualSamples.Texts.Count; index++)
        {
            var text = VisualSamples.Texts[index];
            var answer = reference.RootElement.GetProperty("texts")[index];
            var ids = answer.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray();
            if (ids.Length == model.Info.MaxTokens)
            {
                // It cuts the mark at the end off with what is too long; the original library keeps it.
                model.EncodeQuery(text, new())[..^1].ShouldBe(ids[..^1]);
                continue;
            }

            model.EncodeQuery(text, new()).ShouldBe(ids, text);
            ParityVectors.Cosine(await model.EmbedQueryAsync(text, CancellationToken.None), VisualSamples.ToUnitLength(answer.GetProperty("embedding"))).ShouldBeGreaterThanOrEqualTo(0.99999, text);
        }
    }

    [Fact]
    public async Task EmbedImages_Pages_GiveAVectorForEachPatchAndForThePromptBesideThem()
    {
        await using var model = Open("colpali");
        await model.CheckAsync(CancellationToken.None);
        model.Info.Kind.ShouldBe(EmbeddingKind.MultiVector);
        model.Info.QueryPrompt.ShouldBe("Question: ");
        model.Folder.Prompts.Beside.ToArray().ShouldBe([.. Enumerable.Repeat(VisualModels.ImageToken, 16), 2, 6, 10, 7], "<image> for each patch, <bos>, the prompt and its end of line");
        await using var embedder = model.CreateEmbedder();
        var page = (await embedder.EmbedImagesAsync([Noise(model, 1)], CancellationToken.None))[0].ShouldBeOfType<MultiVectorEmbedding>();
        page.Rows.ShouldBe(16 + 4);
        page.Dimension.ShouldBe(VisualModels.Dimension);
        for (var row = 0; row < page.Rows; row++)
        {
            TensorPrimitives.Norm(page.Values.Span.Slice(row * page.Dimension, page.Dimension)).ShouldBe(1, 1e-4f);
        }

        model.EncodeQuery("the red page", new()).ShouldBe([2, 5, 10, 17, 12, .. Enumerable.Repeat(0, 10), 4], "<bos>, the prompt, the words, ten times <pad>, the end of the line");
        var question = (await model.EmbedQueryAsync("the red page", CancellationToken.None)).ShouldBeOfType<MultiVectorEmbedding>();
        question.Rows.ShouldBe(16);
    }

    [Theory]
    [InlineData("coloured")]
    [InlineData("pair")]
    public async Task EmbedImages_PageOfAColour_IsWhereItsWordIs(string kind)
    {
        await using var model = Open(kind);
        await model.CheckAsync(CancellationToken.None);
        await using var embedder = model.CreateEmbedder();
        var pages = await embedder.EmbedImagesAsync([.. VisualModels.Colours.Keys.Select(colour => Image(model, colour))], CancellationToken.None);
        var number = 0;
        foreach (var colour in VisualModels.Colours.Keys)
        {
            var question = (await model.EmbedQueryAsync($"the {colour} page", CancellationToken.None)).ShouldBeOfType<MultiVectorEmbedding>();
            var scores = pages.Select(page => MaxSim.Score(Values(question), Values(page), question.Dimension)).ToArray();
            Array.IndexOf(scores, scores.Max()).ShouldBe(number++, colour);
        }
    }

    [Fact]
    public async Task EmbedImages_TokenPooling_KeepsFewerVectorsOfPages()
    {
        var options = new EmbeddingOptions { Threads = 1, TokenPooling = 2 };
        VisualModels.WriteColPali(_folder.Root);
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root, null, options), options);
        await using var embedder = model.CreateEmbedder();
        var page = (await embedder.EmbedImagesAsync([Noise(model, 1)], CancellationToken.None))[0].ShouldBeOfType<MultiVectorEmbedding>();
        page.Rows.ShouldBeInRange(9, 11);
        (await model.EmbedQueryAsync("the red page", CancellationToken.None)).ShouldBeOfType<MultiVectorEmbedding>().Rows.ShouldBe(16);
    }

    [Fact]
    public async Task EmbedImages_WrongSizeOrTextModel_IsRefused()
    {
        await using var model = Open("clip");
        await using var embedder = model.CreateEmbedder();
        (await Should.ThrowAsync<ArgumentException>(async () => await embedder.EmbedImagesAsync([new PreparedImage(2, 2, new byte[12], 1)], CancellationToken.None))).Message.ShouldContain("the network takes 32 x 32");
        (await embedder.EmbedImagesAsync([Image(model, "red")], CancellationToken.None)).Count.ShouldBe(1);
        TinyModel.WriteTokens(_folder["text"]);
        await using var text = new OnnxEmbedder(ModelFolder.Open(_folder["text"]), new EmbeddingOptions { Threads = 1 });
        (await Should.ThrowAsync<NotSupportedException>(async () => await text.EmbedImagesAsync([Image(model, "red")], CancellationToken.None))).Message.ShouldContain("embeds text");
    }

    [Fact]
    public async Task Describe_ModelThatEmbedsImages_SaysWhichAndFromWhichFile()
    {
        await using var clip = Open("clip");
        var facts = clip.Describe().ToDictionary(static fact => fact.Name);
        facts["embeds"].Value.ShouldBe("pages and pictures, one vector each; texts to search them by");
        facts["embeds"].Source.ShouldBe("config.json (clip)");
        facts["image network"].ShouldBe(new("image network", "takes pixel_values; 'image_embeds' is used", Path.Combine("onnx", "vision_model.onnx")));
        facts["image size"].ShouldBe(new("image size", "32 x 32, cut out of the middle; before that the shorter side is brought to 32 (bicubic)", "preprocessor_config.json"));
        facts["longest text"].Value.ShouldBe("77 tokens");
        await using var pages = Open("colpali");
        facts = pages.Describe().ToDictionary(static fact => fact.Name);
        facts["beside images"].ShouldBe(new("beside images", "16 places for patches, then \"Describe the image.\"", "usual; no file says"));
        facts["prompts"].Value.ShouldBe("query \"Question: \"");
        facts["image size"].Value.ShouldBe("32 x 32, whatever the shape was (bicubic)");
    }

    [Fact]
    public async Task EmbedQuery_PromptsOfTheProcessor_AreUsed()
    {
        VisualModels.WriteColPali(_folder["colpali"]);
        var before = ModelFolder.Open(_folder["colpali"]).Info.Fingerprint;
        File.WriteAllText(Path.Combine(_folder["colpali"], "processor_config.json"), """{"processor_class":"ColPaliProcessor","visual_prompt_prefix":"<image><bos>the page","query_prefix":"picture of ","image_seq_length":16}""");
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder["colpali"]));
        model.Info.Fingerprint.ShouldNotBe(before);
        model.EncodeQuery("red", new())[..4].ShouldBe([2, 14, 13, 17]);
        model.Folder.Prompts.Beside.ToArray()[..18].ShouldBe([.. Enumerable.Repeat(VisualModels.ImageToken, 16), 2, 10]);
        model.Describe().Single(static fact => fact.Name == "prompts").Source.ShouldBe("processor_config.json");
    }

    [Fact]
    public void Open_FilesThatDecide_ChangeTheFingerprint()
    {
        VisualModels.WriteClip(_folder.Root);
        var before = ModelFolder.Open(_folder.Root).Info.Fingerprint;
        Change("preprocessor_config.json", "\"resample\":3", "\"resample\":2");
        var filtered = ModelFolder.Open(_folder.Root).Info.Fingerprint;
        filtered.ShouldNotBe(before);
        File.AppendAllText(Path.Combine(_folder.Root, "onnx", "vision_model.onnx"), "");
        ModelFolder.Open(_folder.Root).Info.Fingerprint.ShouldBe(filtered);
        VisualModels.WriteClip(_folder.Root, half: true);
        ModelFolder.Open(_folder.Root).Info.Fingerprint.ShouldNotBe(before, "the image network decides as well");
    }

    [Theory]
    [InlineData("config.json", "\"clip\"", "\"colqwen2\"", "models of type 'colqwen2' cut each image into a number of pieces that depends on its size")]
    [InlineData("config.json", "\"clip\"", "\"blip\"", "model_type = 'blip' embeds images in a way that Sluice does not know")]
    [InlineData("preprocessor_config.json", "CLIPImageProcessor", "Qwen2VLImageProcessor", "image_processor_type = 'Qwen2VLImageProcessor' is not supported")]
    [InlineData("preprocessor_config.json", "\"resample\":3", "\"resample\":0", "resample = 0 is not supported; 1 (Lanczos)")]
    [InlineData("preprocessor_config.json", "\"do_center_crop\":true", "\"do_center_crop\":false", "images would keep their shape (do_center_crop = false and size.shortest_edge)")]
    [InlineData("preprocessor_config.json", "\"do_resize\":true", "\"do_resize\":false", "do_resize = false is not supported")]
    [InlineData("preprocessor_config.json", "\"do_resize\":true", "\"do_pad\":true", "do_pad = true is not supported")]
    [InlineData("preprocessor_config.json", "\"shortest_edge\":32", "\"longest_edge\":32", "size = {\"longest_edge\":32} is not supported")]
    [InlineData("preprocessor_config.json", "\"height\":32", "\"height\":48", "the input 'pixel_values' is any x exactly 3 x exactly 32 x exactly 32; any number of images x 3 x 48 x 32")]
    [InlineData("preprocessor_config.json", "\"image_std\":[0.5", "\"image_std\":[0", "image_std must be three numbers other than 0")]
    [InlineData("preprocessor_config.json", "{\"image_processor_type\"", "{{", "is not valid JSON")]
    public void Open_SettingsThatCannotBeFollowed_AreNamed(string file, string old, string changed, string words)
    {
        VisualModels.WriteClip(_folder.Root);
        Change(file, old, changed);
        var error = Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root));
        error.Message.ShouldContain(words);
        error.Message.ShouldContain(_folder.Root);
    }

    [Theory]
    [InlineData("preprocessor_config.json", "there is no preprocessor_config.json, which says how they are made ready")]
    [InlineData("config.json", "it is missing, and this model embeds images")]
    [InlineData("onnx/text_model.onnx", "there is no text_model.onnx")]
    [InlineData("tokenizer.json", "there is no tokenizer.json")]
    public void Open_MissingFile_IsNamed(string file, string words)
    {
        VisualModels.WriteClip(_folder.Root);
        File.Delete(Path.Combine(_folder.Root, file));
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain(words);
    }

    [Fact]
    public void Open_NetworksOfTwoModels_AreRefused()
    {
        VisualModels.WriteRandomClip(_folder["random"]);
        VisualModels.WriteClip(_folder.Root);
        File.Copy(Path.Combine(_folder["random"], "onnx", "vision_model.onnx"), Path.Combine(_folder.Root, "onnx", "vision_model.onnx"), overwrite: true);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("images and texts could not be compared");
    }

    private static ReadOnlySpan<float> Values(Embedding embedding) => embedding is DenseEmbedding dense ? dense.Values.Span : ((MultiVectorEmbedding)embedding).Values.Span;

    private static float Cosine(Embedding one, Embedding other) => TensorPrimitives.CosineSimilarity(Values(one), Values(other));

    private static PreparedImage Image(EmbeddingModel model, string colour) => model.Folder.Images!.Prepare(VisualModels.Pixels(colour, 50, 41), 50, 41);

    private static PreparedImage Noise(EmbeddingModel model, int seed)
    {
        var pixels = new byte[40 * 40 * 3];
        new Random(seed).NextBytes(pixels);
        return model.Folder.Images!.Prepare(pixels, 40, 40);
    }

    private EmbeddingModel Open(string kind)
    {
        var folder = _folder[kind];
        switch (kind)
        {
            case "siglip":
                VisualModels.WriteSiglip(folder);
                break;
            case "colpali":
                VisualModels.WriteColPali(folder);
                break;
            case "random":
                VisualModels.WriteRandomClip(folder);
                break;
            case "whole":
                VisualModels.WriteWholeClip(folder);
                break;
            case "coloured":
                VisualModels.WriteColPali(folder, colours: true);
                break;
            case "pair":
                VisualModels.WriteColPaliPair(folder);
                break;
            default:
                VisualModels.WriteClip(folder, half: kind == "half");
                break;
        }

        var options = new EmbeddingOptions { Threads = 1 };
        return EmbeddingModel.Open(ModelFolder.Open(folder, null, options), options);
    }

    private void Change(string file, string old, string changed)
    {
        var path = Path.Combine(_folder.Root, file);
        var text = File.ReadAllText(path);
        text.ShouldContain(old);
        File.WriteAllText(path, text.Replace(old, changed, StringComparison.Ordinal));
    }
}
