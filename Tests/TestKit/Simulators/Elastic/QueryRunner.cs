using System.Text.Json;
using System.Text.RegularExpressions;
using static Sluice.TestKit.Simulators.Elastic.VectorMath;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>Runs the queries that the sink and the official clients of the tests send, over what an index shows.</summary>
/// <param name="documents">The documents.</param>
/// <param name="mapping">The index's mapping.</param>
/// <param name="edition">Which server it is.</param>
internal sealed partial class QueryRunner(IReadOnlyList<StoredDoc> documents, FieldMapping mapping, ElasticEdition edition)
{
    private const int MaxRegexLength = 1_000;

    private readonly WordStatistics _words = new(documents, mapping);

    /// <summary>Scores each document that a query matches.</summary>
    public Dictionary<StoredDoc, double> Run(JsonElement query)
    {
        var (kind, body) = Only(query);
        return kind switch
        {
            "match_all" => documents.ToDictionary(static document => document, static _ => 1.0),
            "bool" => Bool(body),
            "exists" => Where(document => HasField(document, body.GetProperty("field").GetString()!)),
            "term" => Term(body),
            "terms" => Terms(body),
            "ids" => Ids(body),
            "regexp" => Regexp(body),
            "match" => Match(body),
            "multi_match" => MultiMatch(body),
            "script_score" => ScriptScore(body),
            "sparse_vector" when !edition.IsOpenSearch => Sparse(body),
            "rank_feature" => RankFeature(body),
            "knn" when edition.IsOpenSearch => OpenSearchKnn(body),
            "nested" or _ => throw new ElasticException(400, "parsing_exception", $"unknown query [{kind}]"),
        };
    }

    /// <summary>Runs Elasticsearch's search option <c>knn</c>.</summary>
    public Dictionary<StoredDoc, double> Knn(JsonElement knn)
    {
        var (field, k, candidates) = (knn.GetProperty("field").GetString()!, knn.GetProperty("k").GetInt32(), knn.GetProperty("num_candidates").GetInt32());
        if (mapping.TypeOf(field) != "dense_vector" || !mapping[field].TryGetProperty("similarity", out var similarity))
        {
            throw ElasticException.Illegal($"to perform knn search on field [{field}], its mapping must have [index] set to [true]");
        }

        if (k > candidates || candidates > 10_000 || k < 1)
        {
            throw ElasticException.Illegal($"[num_candidates] cannot be less than [k] or exceed [10000]; they are [{candidates}] and [{k}]");
        }

        var filter = knn.TryGetProperty("filter", out var found) ? Run(found) : null;
        var question = Vector(knn.GetProperty("query_vector"), field);
        return Nearest(field, question, k, filter, similarity.GetString() switch { "cosine" => "cosine", "l2_norm" => "l2", _ => "dot" });
    }

    private Dictionary<StoredDoc, double> OpenSearchKnn(JsonElement body)
    {
        var (field, options) = Only(body);
        if (mapping.TypeOf(field) != "knn_vector" || !mapping[field].TryGetProperty("method", out var method))
        {
            throw ElasticException.Illegal($"Field '{field}' is not knn_vector type with an index.");
        }

        var filter = options.TryGetProperty("filter", out var found) ? Run(found) : null;
        return Nearest(field, Vector(options.GetProperty("vector"), field), options.GetProperty("k").GetInt32(), filter,
            method.GetProperty("space_type").GetString() switch { "cosinesimil" => "cosine", "l2" => "l2", _ => "dot" });
    }

    private Dictionary<StoredDoc, double> Nearest(string field, float[] question, int k, Dictionary<StoredDoc, double>? filter, string space) => documents
        .Where(document => document.Vectors.ContainsKey(field) && filter?.ContainsKey(document) != false)
        .Select(document => (document, Score: Similarity(question, document.Vectors[field], space)))
        .OrderByDescending(static hit => hit.Score)
        .Take(k)
        .ToDictionary(static hit => hit.document, static hit => hit.Score);

    private static double Similarity(float[] question, float[] vector, string space) => (float)(space switch
    {
        "cosine" => (1 + Cosine(question, vector)) / 2,
        "l2" => 1 / (1 + Math.Pow(Distance(question, vector), 2)),
        _ => Dot(question, vector) is var dot && dot < 0 ? 1 / (1 - dot) : 1 + dot,
    });

    private Dictionary<StoredDoc, double> Bool(JsonElement body)
    {
        Dictionary<StoredDoc, double>? matched = null;
        foreach (var clause in Clauses(body, "must").Select(Run))
        {
            matched = matched is null ? clause : matched.Where(pair => clause.ContainsKey(pair.Key)).ToDictionary(static pair => pair.Key, pair => pair.Value + clause[pair.Key]);
        }

        foreach (var clause in Clauses(body, "filter").Select(Run))
        {
            matched = matched is null ? clause.ToDictionary(static pair => pair.Key, static _ => 0.0) : matched.Where(pair => clause.ContainsKey(pair.Key)).ToDictionary();
        }

        var should = Clauses(body, "should").Select(Run).ToList();
        var least = body.TryGetProperty("minimum_should_match", out var minimum) ? minimum.GetInt32() : matched is null && should.Count > 0 ? 1 : 0;
        var result = new Dictionary<StoredDoc, double>();
        foreach (var (document, score) in matched ?? documents.ToDictionary(static document => document, static _ => 0.0))
        {
            var scores = should.Where(clause => clause.ContainsKey(document)).Select(clause => clause[document]).ToList();
            if (scores.Count >= least)
            {
                result[document] = score + scores.Sum();
            }
        }

        return result;
    }

    private Dictionary<StoredDoc, double> Term(JsonElement body)
    {
        var (field, value) = Only(body);
        var term = (value.ValueKind == JsonValueKind.Object ? value.GetProperty("value") : value).ToString();
        return Where(document => HasTerm(document, field, term));
    }

    private Dictionary<StoredDoc, double> Terms(JsonElement body)
    {
        var (field, values) = Only(body);
        var terms = values.EnumerateArray().Select(static value => value.ToString()).ToHashSet(StringComparer.Ordinal);
        return Where(document => document.Terms.TryGetValue(field, out var has) && has.Exists(terms.Contains));
    }

    private Dictionary<StoredDoc, double> Ids(JsonElement body)
    {
        var ids = body.GetProperty("values").EnumerateArray().Select(static id => id.GetString()!).ToHashSet(StringComparer.Ordinal);
        return Where(document => ids.Contains(document.Id));
    }

    private Dictionary<StoredDoc, double> Regexp(JsonElement body)
    {
        var (field, options) = Only(body);
        var pattern = options.GetProperty("value").GetString()!;
        if (pattern.Length > MaxRegexLength)
        {
            throw ElasticException.Illegal($"The length of regex [{pattern.Length}] used in the Regexp Query request has exceeded the allowed maximum of [{MaxRegexLength}].");
        }

        if (pattern.Contains("(?", StringComparison.Ordinal) || pattern.Contains('^', StringComparison.Ordinal) && !pattern.Contains("[^", StringComparison.Ordinal))
        {
            throw ElasticException.Illegal($"Lucene has no groups that are not captured and no anchors: [{pattern}]");
        }

        // A quote that is not escaped begins a string there.
        if (BareQuote().IsMatch(pattern))
        {
            throw ElasticException.Illegal($"expected '\"' at the end of [{pattern}]");
        }

        var regex = new Regex($"^(?:{pattern})$", RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        return Where(document => document.Terms.TryGetValue(field, out var terms) && terms.Exists(regex.IsMatch));
    }

    private Dictionary<StoredDoc, double> Match(JsonElement body)
    {
        var (field, value) = Only(body);
        return _words.Any(field, (value.ValueKind == JsonValueKind.Object ? value.GetProperty("query") : value).GetString()!, 1);
    }

    private Dictionary<StoredDoc, double> MultiMatch(JsonElement body)
    {
        var text = body.GetProperty("query").GetString()!;
        var type = body.TryGetProperty("type", out var found) ? found.GetString() : "best_fields";
        var result = new Dictionary<StoredDoc, double>();
        foreach (var field in body.GetProperty("fields").EnumerateArray().Select(static field => field.GetString()!.Split('^')))
        {
            var boost = field.Length > 1 ? double.Parse(field[1], System.Globalization.CultureInfo.InvariantCulture) : 1;
            var scores = type switch
            {
                "phrase" => _words.Phrase(field[0], text, prefix: false, boost),
                "phrase_prefix" => _words.Phrase(field[0], text, prefix: true, boost),
                _ => _words.Any(field[0], text, boost),
            };
            foreach (var (document, score) in scores)
            {
                var other = result.GetValueOrDefault(document);
                result[document] = type == "most_fields" ? other + score : Math.Max(other, score);
            }
        }

        return result;
    }

    private Dictionary<StoredDoc, double> Sparse(JsonElement body)
    {
        var field = body.GetProperty("field").GetString()!;
        var question = body.GetProperty("query_vector").EnumerateObject().Select(static term => (term.Name, Weight: term.Value.GetDouble())).ToList();
        return documents
            .Where(document => document.Weights.ContainsKey(field))
            .Select(document => (document, Score: question.Sum(term => document.Weights[field].GetValueOrDefault(term.Name) * term.Weight)))
            .Where(static hit => hit.Score > 0)
            .ToDictionary(static hit => hit.document, static hit => hit.Score);
    }

    private Dictionary<StoredDoc, double> RankFeature(JsonElement body)
    {
        var path = body.GetProperty("field").GetString()!;
        var dot = path.LastIndexOf('.');
        if (mapping.TypeOf(path[..dot]) != "rank_features" || !body.TryGetProperty("linear", out _))
        {
            throw ElasticException.Illegal($"[rank_feature] query only works on [rank_feature] fields and features of [rank_features] fields, not [{path}]");
        }

        var boost = body.TryGetProperty("boost", out var found) ? found.GetDouble() : 1;
        return documents
            .Where(document => document.Weights.TryGetValue(path[..dot], out var weights) && weights.ContainsKey(path[(dot + 1)..]))
            .ToDictionary(static document => document, document => boost * document.Weights[path[..dot]][path[(dot + 1)..]]);
    }

    private Dictionary<StoredDoc, double> ScriptScore(JsonElement body)
    {
        var script = body.GetProperty("script");
        var source = script.GetProperty("source").GetString()!;
        var parameters = script.TryGetProperty("params", out var found) ? found : default;
        var result = new Dictionary<StoredDoc, double>();
        foreach (var document in Run(body.GetProperty("query")).Keys)
        {
            var score = Painless.Run(source, (name, arguments) => Call(name, arguments, document), path => path.StartsWith("params.", StringComparison.Ordinal) && path != "params._source" ? parameters.GetProperty(path[7..]) : path);
            if (score < 0 || double.IsNaN(score))
            {
                throw ElasticException.Illegal($"script_score script returned an invalid score [{score}] for doc [{document.Sequence}]. Must be a non-negative score!");
            }

            result[document] = (float)score;
        }

        return result;
    }

    private double Call(string name, IReadOnlyList<object> arguments, StoredDoc document)
    {
        var question = (JsonElement)arguments[0];
        var place = (string)arguments[1];
        var field = place.StartsWith("doc[", StringComparison.Ordinal) ? place[5..^2] : place;
        var plainField = edition.IsOpenSearch ? name == "lateInteractionScore" : !place.StartsWith("doc[", StringComparison.Ordinal);
        if (edition.IsOpenSearch && !plainField && !place.StartsWith("doc[", StringComparison.Ordinal) || !edition.IsOpenSearch && !plainField)
        {
            throw new ElasticException(400, "script_exception", $"{name} does not take [{place}]");
        }

        return (edition.IsOpenSearch, name) switch
        {
            (_, "cosineSimilarity") => Cosine(Vector(question, field), document.Vectors[field]),
            (false, "dotProduct") or (true, "innerProduct") => Dot(Vector(question, field), document.Vectors[field]),
            (false, "l2norm") => Distance(Vector(question, field), document.Vectors[field]),
            (true, "l2Squared") => Math.Pow(Distance(Vector(question, field), document.Vectors[field]), 2),
            (false, "maxSimDotProduct") => MaxSim(Rows(question), document.Rows[field]),
            (true, "lateInteractionScore") => MaxSim(Rows(question), Rows(document.Source.GetProperty(field))) is var score && score < 0 ? 1 / (1 - score) : 1 + score,
            _ => throw new ElasticException(400, "script_exception", $"compile error: Unknown call [{name}] with [{arguments.Count}] arguments."),
        };
    }

    private float[] Vector(JsonElement numbers, string field)
    {
        var vector = numbers.EnumerateArray().Select(static number => number.GetSingle()).ToArray();
        var dimension = mapping[field].GetProperty(edition.IsOpenSearch ? "dimension" : "dims").GetInt32();
        return vector.Length == dimension ? vector : throw ElasticException.Illegal($"the query vector has a different number of dimensions [{vector.Length}] than the index vectors [{dimension}]");
    }

    private static float[][] Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(static row => row.EnumerateArray().Select(static number => number.GetSingle()).ToArray())];

    private Dictionary<StoredDoc, double> Where(Func<StoredDoc, bool> matches) => documents.Where(matches).ToDictionary(static document => document, static _ => 1.0);

    private static bool HasTerm(StoredDoc document, string field, string term) => document.Terms.TryGetValue(field, out var terms) && terms.Contains(term);

    private static bool HasField(StoredDoc document, string field) =>
        document.Vectors.ContainsKey(field) || document.Terms.ContainsKey(field) || document.Texts.ContainsKey(field) || document.Rows.ContainsKey(field) || document.Weights.ContainsKey(field);

    private static List<JsonElement> Clauses(JsonElement body, string name) =>
        !body.TryGetProperty(name, out var clauses) ? [] : clauses.ValueKind == JsonValueKind.Array ? [.. clauses.EnumerateArray()] : [clauses];

    private static (string Name, JsonElement Body) Only(JsonElement element)
    {
        var properties = element.EnumerateObject().ToList();
        return properties.Count == 1 ? (properties[0].Name, properties[0].Value) : throw new ElasticException(400, "parsing_exception", "[_na] query malformed, one name was expected");
    }

    [GeneratedRegex(@"(?<!\\)(\\\\)*""", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex BareQuote();
}
