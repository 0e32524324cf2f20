namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>Full text by BM25 (k1 = 1.2, b = 0.75), as Lucene computes it, over the documents that are seen.</summary>
internal sealed class WordStatistics(IReadOnlyList<StoredDoc> documents, FieldMapping mapping)
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    /// <summary>Words between the values of an array, so that no phrase reaches across.</summary>
    private const int Gap = 100;

    private readonly Dictionary<string, double> _averages = new(StringComparer.Ordinal);

    /// <summary>Documents with any of a text's words.</summary>
    public Dictionary<StoredDoc, double> Any(string field, string text, double boost)
    {
        var result = new Dictionary<StoredDoc, double>();
        foreach (var word in Analyze(field, text).Distinct(StringComparer.Ordinal))
        {
            foreach (var (document, score) in Score(field, words => words.Count(other => other == word), boost))
            {
                result[document] = result.GetValueOrDefault(document) + score;
            }
        }

        return result;
    }

    /// <summary>Documents with a text's words in this order; the last one may go on where <paramref name="prefix"/>.</summary>
    public Dictionary<StoredDoc, double> Phrase(string field, string text, bool prefix, double boost)
    {
        var phrase = Analyze(field, text);
        return phrase.Count == 0 ? [] : Score(field, words => Count(words, phrase, prefix), boost);
    }

    private static int Count(List<string> words, List<string> phrase, bool prefix)
    {
        var count = 0;
        for (var start = 0; start + phrase.Count <= words.Count; start++)
        {
            var matches = true;
            for (var i = 0; i < phrase.Count && matches; i++)
            {
                matches = prefix && i == phrase.Count - 1 ? words[start + i].StartsWith(phrase[i], StringComparison.Ordinal) : words[start + i] == phrase[i];
            }

            count += matches ? 1 : 0;
        }

        return count;
    }

    private Dictionary<StoredDoc, double> Score(string field, Func<List<string>, int> frequency, double boost)
    {
        var found = new List<(StoredDoc Document, int Frequency, int Length)>();
        foreach (var document in documents)
        {
            var words = Words(document, field);
            if (words.Count > 0 && frequency(words) is > 0 and var times)
            {
                found.Add((document, times, words.Count(static word => word.Length > 0)));
            }
        }

        var total = documents.Count(document => Words(document, field).Count > 0);
        var idf = Math.Log(1 + ((total - found.Count + 0.5) / (found.Count + 0.5)));
        var average = Average(field);
        return found.ToDictionary(static hit => hit.Document, hit => (double)(float)(boost * idf * (K1 + 1) * hit.Frequency / (hit.Frequency + (K1 * (1 - B + (B * hit.Length / average))))));
    }

    private double Average(string field)
    {
        if (!_averages.TryGetValue(field, out var average))
        {
            var lengths = documents.Select(document => Words(document, field).Count(static word => word.Length > 0)).Where(static length => length > 0).ToList();
            _averages[field] = average = lengths.Count > 0 ? lengths.Average() : 1;
        }

        return average;
    }

    private List<string> Analyze(string field, string text) => mapping.Analyzers.TryGetValue(field, out var analyzer) ? analyzer.Analyze(text) : [];

    private List<string> Words(StoredDoc document, string field)
    {
        lock (document.Words)
        {
            if (!document.Words.TryGetValue(field, out var words))
            {
                words = [];
                if (mapping.Analyzers.TryGetValue(field, out var analyzer) && document.Texts.TryGetValue(field, out var texts))
                {
                    foreach (var text in texts)
                    {
                        words.AddRange(words.Count > 0 ? Enumerable.Repeat("", Gap) : []);
                        words.AddRange(analyzer.Analyze(text));
                    }
                }

                document.Words[field] = words;
            }

            return words;
        }
    }
}
