using System.Reflection;

namespace Sluice.Hosting.Configuration;

/// <summary>A group of settings: an options class and the path it stands below.</summary>
/// <param name="Path">The path: <c>sluice.parsing</c>.</param>
/// <param name="Type">The options class; its public settable properties are the settings. A property that is itself an options class is a level of the path.</param>
public sealed record OptionsSection(string Path, Type Type);

/// <summary>All settings there are. Immutable.</summary>
internal sealed class OptionSchema
{
    private readonly Dictionary<string, OptionKey> _byPath;

    public OptionSchema(IReadOnlyList<OptionsSection> sections)
    {
        Sections = sections;
        var keys = new List<OptionKey>();
        for (var index = 0; index < sections.Count; index++)
        {
            Collect(keys, index, sections[index].Type, sections[index].Path, []);
        }

        Keys = keys;
        _byPath = keys.ToDictionary(static key => key.Path, StringComparer.Ordinal);
    }

    /// <summary>The groups.</summary>
    public IReadOnlyList<OptionsSection> Sections { get; }

    /// <summary>The settings, group by group.</summary>
    public IReadOnlyList<OptionKey> Keys { get; }

    /// <summary>Finds a setting.</summary>
    /// <param name="path">Its full path.</param>
    /// <returns>The setting, or null.</returns>
    public OptionKey? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Finds the setting of an environment variable.</summary>
    /// <param name="variable">The variable's name.</param>
    /// <returns>The setting, or null.</returns>
    public OptionKey? FindByEnvironmentVariable(string variable) =>
        Keys.FirstOrDefault(key => string.Equals(key.EnvironmentVariable, variable, StringComparison.Ordinal));

    /// <summary>Words for a path that does not exist, with the likeliest one meant.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The words.</returns>
    public string DescribeUnknown(string path)
    {
        var inner = Keys.FirstOrDefault(key => key.Path.StartsWith(path + '.', StringComparison.Ordinal));
        if (inner is not null)
        {
            return $"{path} is a group of settings, not a setting; write for example {inner.Path}";
        }

        var outer = Keys.FirstOrDefault(key => path.StartsWith(key.Path + '.', StringComparison.Ordinal));
        if (outer is not null)
        {
            return $"{outer.Path} is a single setting and has nothing below it: {path} does not exist";
        }

        return $"there is no setting {path}{Suggestions.DidYouMean(Suggest(path))}";
    }

    private string? Suggest(string path)
    {
        var last = path[(path.LastIndexOf('.') + 1)..];
        return Suggestions.Nearest(path, Keys.Select(static key => key.Path))
            ?? Keys.FirstOrDefault(key => key.Path.EndsWith('.' + last, StringComparison.Ordinal))?.Path
            ?? Keys.FirstOrDefault(key => Suggestions.Nearest(last, [key.Path[(key.Path.LastIndexOf('.') + 1)..]]) is not null)?.Path;
    }

    private static void Collect(List<OptionKey> keys, int section, Type type, string path, PropertyInfo[] above)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0)
            {
                continue;
            }

            PropertyInfo[] chain = [.. above, property];
            var key = $"{path}.{OptionKey.ToKebabCase(property.Name)}";
            if (OptionValues.IsSupported(property.PropertyType))
            {
                keys.Add(new(key, section, chain));
            }
            else if (property.PropertyType is { IsClass: true, IsAbstract: false } && property.PropertyType.GetConstructor(Type.EmptyTypes) is not null)
            {
                Collect(keys, section, property.PropertyType, key, chain);
            }
            else
            {
                throw new NotSupportedException($"{type.Name}.{property.Name} has a type that cannot be configured: {property.PropertyType.Name}.");
            }
        }
    }
}
