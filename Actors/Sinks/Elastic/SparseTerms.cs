using System.Globalization;
using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>A sparse embedding as properties of a JSON object: the term's number, with its weight.</summary>
internal static class SparseTerms
{
    /// <summary>Writes the properties; weights of zero, which the databases refuse, are left out.</summary>
    public static void Write(Utf8JsonWriter json, SparseEmbedding sparse)
    {
        Span<char> name = stackalloc char[12];
        var indices = sparse.Indices.Span;
        var values = sparse.Values.Span;
        for (var i = 0; i < indices.Length; i++)
        {
            if (values[i] != 0)
            {
                indices[i].TryFormat(name, out var written, provider: CultureInfo.InvariantCulture);
                json.WriteNumber(name[..written], values[i]);
            }
        }
    }

    /// <summary>Reads them back.</summary>
    public static SparseEmbedding Read(JsonElement terms)
    {
        var read = new List<(int Index, float Value)>();
        foreach (var term in terms.EnumerateObject())
        {
            read.Add((int.Parse(term.Name, CultureInfo.InvariantCulture), term.Value.GetSingle()));
        }

        read.Sort();
        return new SparseEmbedding(read.ConvertAll(static term => term.Index).ToArray(), read.ConvertAll(static term => term.Value).ToArray());
    }
}
