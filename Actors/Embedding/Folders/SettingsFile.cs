using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>Reads the JSON files of a model folder.</summary>
internal static class SettingsFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="read">Takes what is in it.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ModelException">It is broken, or not laid out as <paramref name="read"/> expects.</exception>
    public static bool Visit(string file, Action<JsonElement> read)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            read(json.RootElement);
            return true;
        }
        catch (JsonException e)
        {
            throw new ModelException($"{file}: line {e.LineNumber + 1} is not valid JSON. Download it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{file}: it cannot be read ({e.Message}).", e);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelException($"{file}: it is not laid out as expected ({e.Message}). Download it again.", e);
        }
    }

    /// <summary>A whole number; null where there is none.</summary>
    public static int? Integer(JsonElement root, string name)
        => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    /// <summary>A yes or no; null where there is neither.</summary>
    public static bool? Boolean(JsonElement root, string name)
        => root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    /// <summary>A text; also one that is written as an object with its content, as tokens are.</summary>
    public static string? Text(JsonElement root, string name)
        => !root.TryGetProperty(name, out var value) ? null
            : value.ValueKind == JsonValueKind.String ? value.GetString()
            : value.ValueKind == JsonValueKind.Object ? Text(value, "content")
            : null;

    /// <summary>An object; null where there is none.</summary>
    public static JsonElement? Object(JsonElement root, string name)
        => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;
}
