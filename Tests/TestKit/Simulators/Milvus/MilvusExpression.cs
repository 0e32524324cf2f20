using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sluice.TestKit.Simulators.Milvus;

/// <summary>Filter expressions: comparisons, in, like, and, or, not, array_contains and its kin, with {name} for parameters (https://milvus.io/docs/boolean.md).</summary>
internal sealed partial class MilvusExpression
{
    private readonly List<string> _tokens;
    private readonly MilvusCollection _collection;
    private readonly JsonElement _parameters;
    private int _at;

    private MilvusExpression(string text, MilvusCollection collection, JsonElement parameters)
    {
        (_collection, _parameters) = (collection, parameters);
        _tokens = [];
        var end = 0;
        foreach (Match match in Token().Matches(text))
        {
            if (text[end..match.Index].Trim().Length > 0)
            {
                throw Wrong($"'{text[end..match.Index].Trim()}' cannot be read");
            }

            _tokens.Add(match.Value);
            end = match.Index + match.Length;
        }

        if (text[end..].Trim().Length > 0)
        {
            throw Wrong($"'{text[end..].Trim()}' cannot be read");
        }
    }

    /// <summary>Reads an expression; an empty one matches all.</summary>
    public static Func<MilvusRow, bool> Compile(string text, MilvusCollection collection, JsonElement parameters = default)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return static _ => true;
        }

        var expression = new MilvusExpression(text, collection, parameters);
        var compiled = expression.Or();
        return expression._at == expression._tokens.Count ? compiled : throw Wrong($"'{expression._tokens[expression._at]}' is not expected");
    }

    private static MilvusException Wrong(string why) => new(MilvusException.InvalidParameter, $"failed to create query plan: cannot parse expression: {why}: invalid parameter");

    private Func<MilvusRow, bool> Or()
    {
        var left = And();
        while (Take("or", "||"))
        {
            var (one, other) = (left, And());
            left = row => one(row) || other(row);
        }

        return left;
    }

    private Func<MilvusRow, bool> And()
    {
        var left = Not();
        while (Take("and", "&&"))
        {
            var (one, other) = (left, Not());
            left = row => one(row) && other(row);
        }

        return left;
    }

    private Func<MilvusRow, bool> Not()
    {
        if (Take("not", "!"))
        {
            var inner = Not();
            return row => !inner(row);
        }

        if (Take("("))
        {
            var inner = Or();
            Require(")");
            return inner;
        }

        return Comparison();
    }

    private Func<MilvusRow, bool> Comparison()
    {
        var name = Next();
        if (name.StartsWith("array_contains", StringComparison.OrdinalIgnoreCase))
        {
            return Contains(name.ToLowerInvariant());
        }

        var field = _collection.Fields.GetValueOrDefault(name) ?? throw Wrong($"field {name} not exist");
        var word = Next();
        switch (word.ToLowerInvariant())
        {
            case "in":
                var values = List().ToHashSet();
                return row => values.Contains(Value(row, field));
            case "like":
                var like = new Regex(LikePattern((string)Literal()), RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
                return row => like.IsMatch((string)Value(row, field));
            case "==" or "!=" or "<" or "<=" or ">" or ">=":
                var literal = Literal();
                return row => Compare(Value(row, field), literal, word);
            default:
                throw Wrong($"'{word}' is no operator");
        }
    }

    private Func<MilvusRow, bool> Contains(string function)
    {
        Require("(");
        var name = Next();
        var field = _collection.Fields.GetValueOrDefault(name) is { Type: "Array" } array ? array : throw Wrong($"{function}: {name} is no array");
        Require(",");
        List<object> values = function == "array_contains" ? [Literal()] : List();
        Require(")");
        return row =>
        {
            var elements = (List<string>)Value(row, field);
            return function == "array_contains_any" ? values.Exists(value => elements.Contains((string)value)) : values.TrueForAll(value => elements.Contains((string)value));
        };
    }

    private static object Value(MilvusRow row, MilvusField field) => row.Values[field.Name];

    private static bool Compare(object value, object literal, string operation)
    {
        var order = value is string text ? string.CompareOrdinal(text, literal as string ?? throw Wrong("a text is compared with a number"))
            : Convert.ToDouble(value, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(literal, CultureInfo.InvariantCulture));
        return operation switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static string LikePattern(string like)
    {
        var pattern = new StringBuilder("^");
        for (var i = 0; i < like.Length; i++)
        {
            pattern.Append(like[i] switch
            {
                '%' => ".*",
                '_' => ".",
                '\\' when i + 1 < like.Length => Regex.Escape(like[++i].ToString()),
                var other => Regex.Escape(other.ToString()),
            });
        }

        return pattern.Append('$').ToString();
    }

    private List<object> List()
    {
        if (Parameter() is { } parameter)
        {
            return [.. parameter.EnumerateArray().Select(Plain)];
        }

        Require("[");
        var values = new List<object>();
        while (!Take("]"))
        {
            values.Add(Literal());
            if (!Take(","))
            {
                Require("]");
                break;
            }
        }

        return values;
    }

    private object Literal()
    {
        if (Parameter() is { } parameter)
        {
            return Plain(parameter);
        }

        var token = Next();
        return token[0] is '"' or '\'' ? Regex.Unescape(token[1..^1])
            : double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : throw Wrong($"'{token}' is no literal");
    }

    private JsonElement? Parameter()
    {
        if (_at >= _tokens.Count || _tokens[_at][0] != '{')
        {
            return null;
        }

        var name = Next()[1..^1];
        return _parameters.ValueKind == JsonValueKind.Object && _parameters.TryGetProperty(name, out var value) ? value : throw Wrong($"the value of expression template variable name {{{name}}} is not found");
    }

    private static object Plain(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetDouble();

    private bool Take(params ReadOnlySpan<string> words)
    {
        if (_at < _tokens.Count && words.Contains(_tokens[_at].ToLowerInvariant()))
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Require(string word)
    {
        if (!Take(word))
        {
            throw Wrong($"'{word}' is missing");
        }
    }

    private string Next() => _at < _tokens.Count ? _tokens[_at++] : throw Wrong("it ends too early");

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{\w+\}|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|==|!=|<=|>=|&&|\|\||[<>!()\[\],]
        """, RegexOptions.IgnorePatternWhitespace, 10_000)]
    private static partial Regex Token();
}
