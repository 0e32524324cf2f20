using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sluice.Hosting.Cli.Json;

/// <summary>Writes JSON for programs: UTF-8, in one line, camel case.</summary>
internal static class JsonOut
{
    /// <summary>Writes one value as one line.</summary>
    /// <param name="writer">Takes the line.</param>
    /// <param name="write">Writes the value.</param>
    public static void WriteLine(TextWriter writer, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    /// <summary>Writes counts by name, in order of the names.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="name">Name of the object.</param>
    /// <param name="counts">The counts.</param>
    public static void WriteCounts(this Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (key, count) in counts.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(key, count);
        }

        json.WriteEndObject();
    }
}
