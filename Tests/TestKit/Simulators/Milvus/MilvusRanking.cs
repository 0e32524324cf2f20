using System.Text.Json;

namespace Sluice.TestKit.Simulators.Milvus;

/// <summary>Ranks rows by the metrics of the server: cosine similarity, inner product, squared Euclidean distance, and BM25 (k1 1.2, b 0.75).</summary>
internal static class MilvusRanking
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    /// <summary>Rows with their distances, best first.</summary>
    public static List<(MilvusRow Row, double Distance)> Rank(MilvusCollection collection, string name, JsonElement question, List<MilvusRow> rows)
    {
        var field = collection.Fields.GetValueOrDefault(name) is { IsVector: true } found ? found : throw new MilvusException(MilvusException.InvalidParameter, $"field {name} is no vector");
        var metric = collection.Indexes.GetValueOrDefault(name) ?? throw new MilvusException(MilvusException.InvalidParameter, $"field {name} has no index");
        if (metric == "BM25")
        {
            return question.ValueKind == JsonValueKind.String
                ? ByWords(collection, name, question.GetString()!, rows)
                : throw new MilvusException(MilvusException.InvalidParameter, "please provide varchar/text for BM25 Function based search");
        }

        IEnumerable<(MilvusRow, double)> ranked;
        if (field.Type == "SparseFloatVector")
        {
            var terms = MilvusField.Terms(question);
            ranked = rows.Select(row => (row, Terms: (SortedDictionary<uint, float>)row.Values[name])).Where(pair => pair.Terms.Keys.Any(terms.ContainsKey))
                .Select(pair => (pair.row, pair.Terms.Sum(term => (double)term.Value * terms.GetValueOrDefault(term.Key))));
        }
        else
        {
            float[] vector = [.. question.EnumerateArray().Select(static component => component.GetSingle())];
            if (vector.Length != field.Dimension)
            {
                throw new MilvusException(65_535, $"fail to search on QueryNode 1: vector dimension mismatch, expected vector size(byte) {field.Dimension * 4}, actual {vector.Length * 4}");
            }

            ranked = rows.Select(row => (row, Distance(metric, vector, (float[])row.Values[name])));
        }

        return metric == "L2" ? [.. ranked.OrderBy(static pair => pair.Item2)] : [.. ranked.OrderByDescending(static pair => pair.Item2)];
    }

    private static double Distance(string metric, float[] one, float[] other)
    {
        double dot = 0, first = 0, second = 0, squares = 0;
        for (var i = 0; i < one.Length; i++)
        {
            dot += (double)one[i] * other[i];
            first += (double)one[i] * one[i];
            second += (double)other[i] * other[i];
            squares += Math.Pow((double)one[i] - other[i], 2);
        }

        return metric switch
        {
            "COSINE" => dot / Math.Sqrt(first * second),
            "IP" => dot,
            _ => squares,
        };
    }

    private static List<(MilvusRow Row, double Distance)> ByWords(MilvusCollection collection, string output, string query, List<MilvusRow> rows)
    {
        var input = collection.Functions[output];
        var isWhitespace = collection.Fields[input].Parameters.GetValueOrDefault("analyzer_params")?.Contains("whitespace", StringComparison.Ordinal) == true;
        var documents = new Dictionary<MilvusRow, List<string>>(ReferenceEqualityComparer.Instance);
        foreach (var row in collection.Rows)
        {
            documents[row] = Tokens((string)row.Values[input], isWhitespace);
        }

        var average = documents.Count == 0 ? 1 : Math.Max(1, documents.Values.Average(static tokens => tokens.Count));
        var terms = Tokens(query, isWhitespace).Distinct(StringComparer.Ordinal).Select(term =>
        {
            var holders = documents.Values.Count(tokens => tokens.Contains(term));
            return (term, Idf: Math.Log(1 + ((documents.Count - holders + 0.5) / (holders + 0.5))));
        }).ToList();
        return [.. rows.Select(row => (row, Score(documents[row]))).Where(static pair => pair.Item2 > 0).OrderByDescending(static pair => pair.Item2)];

        double Score(List<string> tokens) => terms.Sum(term =>
        {
            var frequency = tokens.Count(token => token == term.term);
            return term.Idf * frequency * (K1 + 1) / (frequency + (K1 * (1 - B + (B * tokens.Count / average))));
        });
    }

    private static List<string> Tokens(string text, bool isWhitespace) =>
        [.. isWhitespace ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : text.ToLowerInvariant().Split([' ', '\n', '\t', '.', ',', ';', ':', '!', '?'], StringSplitOptions.RemoveEmptyEntries)];
}
