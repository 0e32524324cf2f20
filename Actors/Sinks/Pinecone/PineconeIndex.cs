using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>An index as the control plane describes it.</summary>
/// <param name="Info">What it holds.</param>
/// <param name="Host">Its data plane, without a scheme.</param>
/// <param name="IsReady">Whether it can be used.</param>
/// <param name="State">Pinecone's word for how it is.</param>
internal sealed record PineconeIndex(CollectionInfo Info, string Host, bool IsReady, string State)
{
    /// <summary>What is going away, and what will never be ready.</summary>
    public const string Terminating = "Terminating";

    public const string Failed = "InitializationFailed";

    private const string ModelTag = "sluice-model";
    private const string FingerprintTag = "sluice-fingerprint";
    private const string KindTag = "sluice-kind";
    private const string DimensionTag = "sluice-dimension";
    private const string DistanceTag = "sluice-distance";

    /// <summary>Longest value of a tag.</summary>
    private const int MaxTag = 120;

    /// <summary>Pinecone's word for a distance.</summary>
    public static string MetricName(Distance distance) => distance switch
    {
        Distance.Cosine => "cosine",
        Distance.Dot => "dotproduct",
        _ => "euclidean",
    };

    /// <summary>Writes the body of a creation.</summary>
    public static void WriteCreation(Utf8JsonWriter writer, PineconeAddress address, CollectionInfo wanted)
    {
        var sparse = wanted.Kind == EmbeddingKind.Sparse;
        writer.WriteStartObject();
        writer.WriteString("name", address.Server.Collection);
        writer.WriteString("vector_type", sparse ? "sparse" : "dense");
        writer.WriteString("metric", sparse ? "dotproduct" : MetricName(wanted.Distance));
        if (!sparse)
        {
            writer.WriteNumber("dimension", wanted.Dimension);
        }

        writer.WriteStartObject("spec");
        writer.WriteStartObject("serverless");
        writer.WriteString("cloud", address.Cloud);
        writer.WriteString("region", address.Region);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("deletion_protection", "disabled");
        writer.WriteStartObject("tags");
        writer.WriteString(ModelTag, Encode(wanted.ModelName));
        writer.WriteString(FingerprintTag, Encode(wanted.ModelFingerprint));
        writer.WriteString(KindTag, wanted.Kind.ToString());
        writer.WriteString(DimensionTag, wanted.Dimension.ToString(CultureInfo.InvariantCulture));
        writer.WriteString(DistanceTag, wanted.Distance.ToString());
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Reads the answer of <c>GET /indexes/NAME</c>.</summary>
    /// <param name="answer">Its body.</param>
    /// <param name="place">The index and where it is, for messages.</param>
    /// <exception cref="CollectionMismatchException">Something else than Sluice made it.</exception>
    public static PineconeIndex Read(ReadOnlyMemory<byte> answer, string place)
    {
        using var json = JsonDocument.Parse(answer);
        var root = json.RootElement;
        var status = root.GetProperty("status");
        if (!root.TryGetProperty("tags", out var tags) || tags.ValueKind != JsonValueKind.Object || !tags.TryGetProperty(FingerprintTag, out var fingerprint))
        {
            throw new CollectionMismatchException($"The index {place} was not made by Sluice: no tag says which model its vectors are from. Name another index.");
        }

        var kind = Enum.Parse<EmbeddingKind>(tags.GetProperty(KindTag).GetString()!);
        var info = new CollectionInfo(
            Decode(tags.GetProperty(ModelTag).GetString()!),
            Decode(fingerprint.GetString()!),
            kind,
            int.Parse(tags.GetProperty(DimensionTag).GetString()!, CultureInfo.InvariantCulture),
            Enum.Parse<Distance>(tags.GetProperty(DistanceTag).GetString()!));
        var sound = kind == EmbeddingKind.Sparse
            ? root.GetProperty("vector_type").GetString() == "sparse"
            : root.TryGetProperty("dimension", out var dimension) && dimension.GetInt32() == info.Dimension && root.GetProperty("metric").GetString() == MetricName(info.Distance);
        return sound
            ? new PineconeIndex(info, root.GetProperty("host").GetString()!, status.GetProperty("ready").GetBoolean(), status.GetProperty("state").GetString()!)
            : throw new CollectionMismatchException($"The index {place} is not what its own tags say. Something else changed them: name another index, or delete it.");
    }

    /// <summary>A value as tags may have it: what is more than letters, digits, <c>_</c>, <c>-</c> and <c>.</c> becomes <c>+</c> and four hexadecimal digits. Cut where it is too long.</summary>
    internal static string Encode(string value)
    {
        var encoded = new StringBuilder(value.Length);
        foreach (var character in value)
        {
            var part = char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.' ? character.ToString() : string.Create(CultureInfo.InvariantCulture, $"+{(int)character:X4}");
            if (encoded.Length + part.Length > MaxTag)
            {
                break;
            }

            encoded.Append(part);
        }

        return encoded.ToString();
    }

    internal static string Decode(string value)
    {
        var decoded = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '+' && i + 4 < value.Length && ushort.TryParse(value.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                decoded.Append((char)code);
                i += 4;
            }
            else
            {
                decoded.Append(value[i]);
            }
        }

        return decoded.ToString();
    }
}
