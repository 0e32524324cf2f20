using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators;

/// <summary>What a simulator answers. Immutable.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body; empty for none.</param>
/// <param name="ContentType">Its media type; null for none.</param>
public sealed record SimulatorAnswer(int Status, ReadOnlyMemory<byte> Body, string? ContentType)
{
    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Headers behind the body (HTTP/2).</summary>
    public IReadOnlyDictionary<string, string> Trailers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A JSON answer made from a node.</summary>
    public static SimulatorAnswer Json(int status, JsonNode? body) => new(status, JsonSerializer.SerializeToUtf8Bytes(body), "application/json");

    /// <summary>A JSON answer written by hand, for large ones.</summary>
    public static SimulatorAnswer Json(int status, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            write(writer);
        }

        return new SimulatorAnswer(status, stream.ToArray(), "application/json");
    }

    /// <summary>Plain text.</summary>
    public static SimulatorAnswer Text(int status, string body, string contentType = "text/plain; charset=utf-8") => new(status, Encoding.UTF8.GetBytes(body), contentType);

    /// <summary>A status alone.</summary>
    public static SimulatorAnswer Empty(int status) => new(status, default, null);

    /// <summary>The same with one more header.</summary>
    public SimulatorAnswer With(string header, string value) =>
        this with { Headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase) { [header] = value } };

    /// <summary>The same with <c>Retry-After</c>.</summary>
    public SimulatorAnswer RetryAfter(int seconds) => With("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
}
