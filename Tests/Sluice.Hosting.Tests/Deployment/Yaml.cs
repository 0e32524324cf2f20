using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>A piece of a YAML file, with where it stands for messages. Immutable.</summary>
internal sealed class Yaml
{
    private readonly object? _value;

    private Yaml(string where, object? value) => (Where, _value) = (where, value);

    /// <summary>File and path.</summary>
    public string Where { get; }

    /// <summary>Whether there is nothing.</summary>
    public bool IsMissing => _value is null;

    /// <summary>Its text; fails when it is not a single value.</summary>
    public string Text => _value as string ?? throw new InvalidDataException($"{Where} is not a single value");

    /// <summary>Its elements; none when it is missing.</summary>
    public IReadOnlyList<Yaml> Items => _value switch
    {
        null => [],
        List<object> list => [.. list.Select((item, index) => new Yaml($"{Where}[{index}]", item))],
        _ => throw new InvalidDataException($"{Where} is not a list"),
    };

    /// <summary>Its entries; none when it is missing.</summary>
    public IReadOnlyDictionary<string, Yaml> Entries => _value switch
    {
        null => new Dictionary<string, Yaml>(StringComparer.Ordinal),
        Dictionary<object, object?> map => map.ToDictionary(static entry => (string)entry.Key, entry => new Yaml($"{Where}.{entry.Key}", entry.Value), StringComparer.Ordinal),
        _ => throw new InvalidDataException($"{Where} is not a map"),
    };

    /// <summary>Whether it is a map.</summary>
    public bool IsMap => _value is Dictionary<object, object?>;

    /// <summary>Its number.</summary>
    public int Number => int.Parse(Text, CultureInfo.InvariantCulture);

    /// <summary>What is below it under a path of keys; something missing when one of them is not there.</summary>
    public Yaml this[params string[] path]
    {
        get
        {
            var value = _value;
            foreach (var key in path)
            {
                value = (value as Dictionary<object, object?>)?.GetValueOrDefault(key);
            }

            return new Yaml($"{Where}.{string.Join('.', path)}", value);
        }
    }

    /// <summary>The single values of a list.</summary>
    public IReadOnlyList<string> Texts => [.. Items.Select(static item => item.Text)];

    /// <summary>Every piece below it, and itself.</summary>
    public IEnumerable<Yaml> All => _value switch
    {
        List<object> => Items.SelectMany(static item => item.All).Prepend(this),
        Dictionary<object, object?> => Entries.Values.SelectMany(static entry => entry.All).Prepend(this),
        _ => [this],
    };

    /// <summary>Reads a file's documents, with anchors and merged keys (<c>&lt;&lt;</c>) resolved. A key that stands twice in a map is an error.</summary>
    /// <param name="parts">Its path below the repository's root.</param>
    public static IReadOnlyList<Yaml> ReadAll(params string[] parts)
    {
        var file = Repository.PathTo(parts);
        using var reader = File.OpenText(file);
        var parser = new Parser(reader);
        var deserializer = new DeserializerBuilder().WithDuplicateKeyChecking().Build();
        var documents = new List<Yaml>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            documents.Add(new Yaml(Path.GetRelativePath(Repository.Root, file), Merge(deserializer.Deserialize<object>(parser))));
        }

        return documents;
    }

    /// <summary>Puts merged maps in their places: what stands in a map itself is stronger. The library's own way of merging reports such keys as doubled.</summary>
    private static object? Merge(object? value)
    {
        switch (value)
        {
            case List<object> list:
                return list.ConvertAll(static item => Merge(item)!);
            case Dictionary<object, object?> map:
                var merged = new Dictionary<object, object?>();
                if (map.GetValueOrDefault("<<") is { } from)
                {
                    foreach (var (key, inherited) in (Dictionary<object, object?>)Merge(from)!)
                    {
                        merged[key] = inherited;
                    }
                }

                foreach (var (key, own) in map.Where(static entry => entry.Key is not "<<"))
                {
                    merged[key] = Merge(own);
                }

                return merged;
            default:
                return value;
        }
    }
}
