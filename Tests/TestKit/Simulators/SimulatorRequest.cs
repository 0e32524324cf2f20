using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Sluice.TestKit.Simulators;

/// <summary>A request that a simulator got, with its whole body. Immutable.</summary>
/// <param name="Method">Upper-case method.</param>
/// <param name="Path">Path as sent, percent escapes kept, without the query.</param>
/// <param name="Query">Parameters of the query, unescaped; the first of each name.</param>
/// <param name="Headers">Headers; names without regard to case.</param>
/// <param name="Body">The body, decompressed where it was gzip; empty for none.</param>
public sealed record SimulatorRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    private JsonDocument? _json;

    /// <summary>All values of query parameters that are given several times; the others are in <see cref="Query"/> alone.</summary>
    public IReadOnlyDictionary<string, string[]> Repeated { get; init; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    /// <summary>The parts of the path between slashes, unescaped.</summary>
    public string[] Segments { get; } = [.. Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];

    /// <summary>The body as JSON; of the kind Undefined when there is none.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public JsonElement Json => Body.IsEmpty ? default : (_json ??= JsonDocument.Parse(Body)).RootElement;

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>A query parameter's value, or null.</summary>
    public string? Parameter(string name) => Query.GetValueOrDefault(name);

    /// <summary>All values of a query parameter.</summary>
    public IReadOnlyList<string> Values(string name) => Repeated.GetValueOrDefault(name) ?? (Query.TryGetValue(name, out var value) ? [value] : []);

    /// <summary>Whether it is of this method and path; a <c>*</c> in the path stands for one segment, <c>**</c> at its end for all that follow.</summary>
    public bool Is(string method, string path) => (method == "*" || Method == method) && Matches(path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path} ({Body.Length} bytes)";

    internal static async Task<SimulatorRequest> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream(request.ContentLength is > 0 and < int.MaxValue ? (int)request.ContentLength : 0);
        if (request.Headers.ContentEncoding == "gzip")
        {
            await using var gzip = new System.IO.Compression.GZipStream(request.Body, System.IO.Compression.CompressionMode.Decompress);
            await gzip.CopyToAsync(body, context.RequestAborted);
        }
        else
        {
            await request.Body.CopyToAsync(body, context.RequestAborted);
        }

        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        return new SimulatorRequest(
            request.Method,
            question < 0 ? raw : raw[..question],
            request.Query.ToDictionary(static pair => pair.Key, static pair => First(pair.Value), StringComparer.Ordinal),
            request.Headers.ToDictionary(static pair => pair.Key, static pair => First(pair.Value), StringComparer.OrdinalIgnoreCase),
            body.GetBuffer().AsMemory(0, (int)body.Length))
        {
            Repeated = request.Query.Where(static pair => pair.Value.Count > 1).ToDictionary(static pair => pair.Key, static pair => pair.Value.Select(static value => value ?? "").ToArray(), StringComparer.Ordinal),
        };
    }

    private static string First(StringValues values) => values.Count == 0 ? "" : values[0] ?? "";

    private bool Matches(string[] pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "**")
            {
                return true;
            }

            if (i >= Segments.Length || (pattern[i] != "*" && pattern[i] != Segments[i]))
            {
                return false;
            }
        }

        return pattern.Length == Segments.Length;
    }
}
