using System.Globalization;
using System.Text.Json;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>What a server says of itself.</summary>
/// <param name="Number">Its version, for people.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsOpenSearch">Whether it is OpenSearch.</param>
/// <param name="IsServerless">Whether it is Elastic's serverless edition, which is always of the newest version whatever it says.</param>
internal sealed record ElasticServer(string Number, Version Version, bool IsOpenSearch, bool IsServerless)
{
    /// <summary>Reads the answer to <c>GET /</c>.</summary>
    /// <returns>Null when it is no answer of these servers.</returns>
    public static ElasticServer? Read(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Object || !version.TryGetProperty("number", out var number))
        {
            return null;
        }

        var text = number.GetString() ?? "";
        var plain = text.Split('-')[0];
        var serverless = version.TryGetProperty("build_flavor", out var flavor) && flavor.ValueEquals("serverless");
        var openSearch = version.TryGetProperty("distribution", out var distribution) && distribution.ValueEquals("opensearch");
        return Version.TryParse(plain, out var parsed) ? new ElasticServer(text, parsed, openSearch, serverless) : null;
    }

    /// <summary>Whether it is of this version or a later one.</summary>
    public bool IsAtLeast(int major, int minor) => IsServerless || Version >= new Version(major, minor);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsOpenSearch ? "OpenSearch" : "Elasticsearch")} {Number}{(IsServerless ? " serverless" : "")}");
}
