using System.Text.RegularExpressions;
using Sluice.TestKit.Simulators.Weaviate.Protocol;
using Operator = Sluice.TestKit.Simulators.Weaviate.Protocol.Filters.Types.Operator;

namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>Evaluates filters as Weaviate does: text is compared by the tokens of its property, and only properties with a filterable index can be asked for.</summary>
internal static class WeaviateFilter
{
    /// <summary>Makes a predicate.</summary>
    /// <exception cref="WeaviateException">The filter asks for what the class does not have.</exception>
    public static Func<StoredObject, bool> Compile(StoredClass collection, Filters? filter)
    {
        if (filter is null || filter.Operator == Operator.Unspecified)
        {
            return static _ => true;
        }

        if (filter.Operator is Operator.And or Operator.Or)
        {
            var parts = filter.Filters_.Select(part => Compile(collection, part)).ToList();
            return filter.Operator == Operator.And ? item => parts.TrueForAll(part => part(item)) : item => parts.Exists(part => part(item));
        }

        var name = filter.Target?.Property ?? (filter.On.Count > 0 ? filter.On[0] : throw new WeaviateException("filter: no property is named"));
        return name is "_id" or "id" ? CompileId(filter) : CompileProperty(collection, filter, name);
    }

    private static Func<StoredObject, bool> CompileId(Filters filter)
    {
        switch (filter.Operator)
        {
            case Operator.Equal:
                return item => item.Id == Id(filter.ValueText);
            case Operator.NotEqual:
                return item => item.Id != Id(filter.ValueText);
            case Operator.ContainsAny:
                var ids = filter.ValueTextArray.Values.Select(Id).ToHashSet(StringComparer.Ordinal);
                return item => ids.Contains(item.Id);
            default:
                throw new WeaviateException($"operator {filter.Operator} is not supported for ids here");
        }
    }

    private static string Id(string text) => Guid.TryParseExact(text, "D", out var id) ? id.ToString() : throw new WeaviateException($"invalid id filter: '{text}' is not a UUID");

    private static Func<StoredObject, bool> CompileProperty(StoredClass collection, Filters filter, string name)
    {
        if (!collection.Properties.TryGetValue(name, out var property))
        {
            throw new WeaviateException($"invalid filter: no such prop with name '{name}' found in class '{collection.Name}' in the schema. Check your schema files for which properties in this class are available");
        }

        if (!property.Filterable)
        {
            throw new WeaviateException($"Filtering by property '{name}' requires inverted index. Is `indexFilterable` option of property '{name}' enabled? Set it to `true` or leave empty");
        }

        if (filter.TestValueCase == Filters.TestValueOneofCase.ValueInt || filter.TestValueCase == Filters.TestValueOneofCase.ValueNumber)
        {
            return CompileNumber(filter, name);
        }

        if (property.Tokenization is null)
        {
            throw new WeaviateException($"invalid filter: data type filter cannot use \"valueText\" on type \"{property.Type}\", use \"value{char.ToUpperInvariant(property.Type[0])}{property.Type[1..]}\" instead");
        }

        switch (filter.Operator)
        {
            case Operator.Equal:
                var all = WeaviateNames.Tokenize(filter.ValueText, property.Tokenization);
                return item => item.TokensOf(property) is { Count: > 0 } tokens && all.TrueForAll(tokens.Contains);
            case Operator.Like:
                var like = new Regex($"^{Regex.Escape(filter.ValueText.Trim()).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$", RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
                return item => item.TokensOf(property).Exists(like.IsMatch);
            case Operator.ContainsAny:
                var any = filter.ValueTextArray.Values.Select(value => WeaviateNames.Tokenize(value, property.Tokenization)).ToList();
                var single = any.TrueForAll(static tokens => tokens.Count == 1) ? any.Select(static tokens => tokens[0]).ToHashSet(StringComparer.Ordinal) : null;
                return item => item.TokensOf(property) is var tokens && (single is not null ? tokens.Exists(single.Contains) : any.Exists(value => value.TrueForAll(tokens.Contains)));
            case Operator.ContainsAll:
                var each = filter.ValueTextArray.Values.SelectMany(value => WeaviateNames.Tokenize(value, property.Tokenization)).ToList();
                return item => item.TokensOf(property) is var tokens && each.TrueForAll(tokens.Contains);
            default:
                throw new WeaviateException($"operator {filter.Operator} is not supported for text here");
        }
    }

    private static Func<StoredObject, bool> CompileNumber(Filters filter, string name)
    {
        var value = filter.TestValueCase == Filters.TestValueOneofCase.ValueInt ? filter.ValueInt : filter.ValueNumber;
        Func<double, bool> compare = filter.Operator switch
        {
            Operator.Equal => number => number == value,
            Operator.NotEqual => number => number != value,
            Operator.GreaterThan => number => number > value,
            Operator.GreaterThanEqual => number => number >= value,
            Operator.LessThan => number => number < value,
            Operator.LessThanEqual => number => number <= value,
            _ => throw new WeaviateException($"operator {filter.Operator} is not supported for numbers here"),
        };
        return item => item.Properties.GetValueOrDefault(name) is double number && compare(number);
    }
}
