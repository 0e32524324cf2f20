namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>Ranks objects: distances as Weaviate defines them, and BM25F with its defaults (k1 1.2, b 0.75).</summary>
internal static class WeaviateRanking
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    /// <summary>Objects by their distance to a question, nearest first.</summary>
    public static IEnumerable<(StoredObject Item, double Score)> ByVector(IEnumerable<StoredObject> items, string name, VectorIndex index, float[][] question) => items
        .Where(item => item.Vectors.ContainsKey(name))
        .Select(item => (item, Distance(index, question, item.Vectors[name])))
        .OrderBy(static pair => pair.Item2)
        .ThenBy(static pair => pair.item.Number);

    /// <summary>Objects by how well words match them, best first; those with none of the words are left out.</summary>
    /// <param name="collection">The class.</param>
    /// <param name="items">The objects that pass the filter; frequencies are those of all.</param>
    /// <param name="query">The words.</param>
    /// <param name="properties">Properties, perhaps with a weight behind a circumflex; empty for all that are searchable.</param>
    public static IEnumerable<(StoredObject Item, double Score)> ByWords(StoredClass collection, IEnumerable<StoredObject> items, string query, IReadOnlyList<string> properties)
    {
        var fields = Fields(collection, properties);
        var lengths = fields.ToDictionary(static field => field.Property.Name, static _ => 0.0, StringComparer.Ordinal);
        foreach (var item in collection.Objects.Values)
        {
            foreach (var (property, _) in fields)
            {
                lengths[property.Name] += Tokens(item, property).Count;
            }
        }

        var count = collection.Objects.Count;
        var terms = WeaviateNames.Tokenize(query, "word").Where(term => !collection.StopwordsAreEnglish || !WeaviateNames.IsStopword(term)).Distinct(StringComparer.Ordinal)
            .Select(term => (term, Idf: Math.Log(1 + ((count - Holders(term) + 0.5) / (Holders(term) + 0.5))))).ToList();
        return items.Select(item => (item, Score(item))).Where(static pair => pair.Item2 > 0).OrderByDescending(static pair => pair.Item2).ThenBy(static pair => pair.item.Number);

        int Holders(string term) => collection.Objects.Values.Count(item => fields.Exists(field => Tokens(item, field.Property).Contains(term, StringComparer.Ordinal)));

        double Score(StoredObject item)
        {
            var score = 0.0;
            foreach (var (term, idf) in terms)
            {
                var frequency = 0.0;
                foreach (var (property, weight) in fields)
                {
                    var tokens = Tokens(item, property);
                    var average = lengths[property.Name] / Math.Max(count, 1);
                    frequency += weight * tokens.Count(token => token == term) / (1 - B + (B * tokens.Count / Math.Max(average, 1)));
                }

                score += idf * frequency * (K1 + 1) / (frequency + K1);
            }

            return score;
        }
    }

    private static List<(StoredProperty Property, double Weight)> Fields(StoredClass collection, IReadOnlyList<string> properties)
    {
        if (properties.Count == 0)
        {
            return [.. collection.Properties.Values.Where(static property => property.Searchable).Select(static property => (property, 1.0))];
        }

        return [.. properties.Select(named =>
        {
            var parts = named.Split('^');
            var property = collection.Properties.GetValueOrDefault(parts[0]) ?? throw new WeaviateException($"bm25 search: could not find property {parts[0]} in class {collection.Name}");
            return property.Searchable
                ? (property, parts.Length > 1 ? double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 1.0)
                : throw new WeaviateException($"Searching by property '{parts[0]}' requires inverted index. Is `indexSearchable` option of property '{parts[0]}' enabled? Set it to `true` or leave empty");
        })];
    }

    private static List<string> Tokens(StoredObject item, StoredProperty property) => item.TokensOf(property);

    private static double Distance(VectorIndex index, float[][] question, float[][] answer)
    {
        var sum = 0.0;
        foreach (var asked in question)
        {
            var nearest = double.PositiveInfinity;
            foreach (var row in answer)
            {
                nearest = Math.Min(nearest, Distance(index.Distance, asked, row));
            }

            sum += nearest;
        }

        return sum;
    }

    private static double Distance(string distance, float[] one, float[] other)
    {
        if (one.Length != other.Length)
        {
            throw new WeaviateException($"vector lengths don't match: {one.Length} vs {other.Length}");
        }

        double dot = 0, first = 0, second = 0, squares = 0;
        for (var i = 0; i < one.Length; i++)
        {
            dot += (double)one[i] * other[i];
            first += (double)one[i] * one[i];
            second += (double)other[i] * other[i];
            squares += Math.Pow((double)one[i] - other[i], 2);
        }

        return distance switch
        {
            "cosine" => 1 - (dot / Math.Sqrt(first * second)),
            "dot" => -dot,
            "l2-squared" => squares,
            _ => throw new WeaviateException($"unrecognized distance metric \"{distance}\", choose one of [\"cosine\", \"dot\", \"l2-squared\", \"manhattan\",\"hamming\"]"),
        };
    }
}
