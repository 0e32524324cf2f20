using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Actors.Embedding;

/// <summary>
/// What models were used with, by fingerprint, in the cache folder: a database knows the fingerprint of the model its vectors are from, and this says which folder and
/// settings give that. Made again by the next use.
/// </summary>
internal static partial class UsedModels
{
    /// <summary>Remembers a model, unless it is known already.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="options">How it was opened.</param>
    public static void Remember(ModelFolder folder, EmbeddingOptions options)
    {
        if (folder.CacheFolderPath is not { } cache)
        {
            return;
        }

        var used = new UsedModel(folder.FolderPath, options.Variant, options.Dimensions, options.TokenPooling, options.Output);
        if (Find(cache, folder.Info.Fingerprint) == used)
        {
            return;
        }

        try
        {
            var path = PathOf(cache, folder.Info.Fingerprint);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(used, UsedModelJson.Default.UsedModel));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The cache only saves words; without it a search needs --model and the like again.
        }
    }

    /// <summary>Recalls a model.</summary>
    /// <param name="cache">The cache folder.</param>
    /// <param name="fingerprint">Its fingerprint, which may come from a database.</param>
    /// <returns>What it was used with; null when it is not known. The folder may have changed since, or be gone.</returns>
    public static UsedModel? Find(string cache, string fingerprint)
    {
        if (fingerprint.Length == 0 || !fingerprint.All(char.IsAsciiLetterOrDigit))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(cache, fingerprint)), UsedModelJson.Default.UsedModel) is { Folder.Length: > 0 } used ? used : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // Not remembered, or not readable.
        }
    }

    private static string PathOf(string cache, string fingerprint) => Path.Combine(cache, "used", fingerprint + ".json");

    [JsonSerializable(typeof(UsedModel))]
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
    private sealed partial class UsedModelJson : JsonSerializerContext;
}

/// <summary>What a model was used with.</summary>
/// <param name="Folder">Its folder, absolute.</param>
/// <param name="Variant">See <see cref="EmbeddingOptions.Variant"/>.</param>
/// <param name="Dimensions">See <see cref="EmbeddingOptions.Dimensions"/>.</param>
/// <param name="TokenPooling">See <see cref="EmbeddingOptions.TokenPooling"/>.</param>
/// <param name="Output">See <see cref="EmbeddingOptions.Output"/>.</param>
internal sealed record UsedModel(string Folder, string Variant, int Dimensions, int TokenPooling, ModelOutput Output);
