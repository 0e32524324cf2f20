using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;

namespace Sluice.Hosting.Configuration;

/// <summary>One setting: its path and the property that takes it.</summary>
/// <param name="Path">Full path: <c>sluice.parsing.max-nesting</c>.</param>
/// <param name="Section">Index of its section in the schema.</param>
/// <param name="Chain">Properties from the section's object down to the value.</param>
internal sealed record OptionKey(string Path, int Section, IReadOnlyList<PropertyInfo> Chain)
{
    /// <summary>The property that holds the value.</summary>
    public PropertyInfo Property => Chain[^1];

    /// <summary>Whether its text must not be shown.</summary>
    public bool IsSecret => Secrets.IsSecretKey(Path);

    /// <summary>Its attributes that check the value.</summary>
    public IEnumerable<ValidationAttribute> Validations => Property.GetCustomAttributes<ValidationAttribute>(inherit: true);

    /// <summary>Name of the environment variable that sets it: <c>SLUICE_PARSING__MAX_NESTING</c>.</summary>
    public string EnvironmentVariable => ToEnvironmentVariable(Path);

    /// <summary>The environment variable of a path.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Its name.</returns>
    public static string ToEnvironmentVariable(string path)
    {
        var rest = path.StartsWith("sluice.", StringComparison.Ordinal) ? path[7..] : path;
        return "SLUICE_" + rest.Replace(".", "__", StringComparison.Ordinal).Replace('-', '_').ToUpperInvariant();
    }

    /// <summary>The key of a property: <c>MaxDocumentBytes</c> is <c>max-document-bytes</c>.</summary>
    /// <param name="name">The property's name.</param>
    /// <returns>The key.</returns>
    public static string ToKebabCase(string name)
    {
        var key = new StringBuilder(name.Length + 4);
        for (var index = 0; index < name.Length; index++)
        {
            var isUpper = char.IsUpper(name[index]);
            var begins = isUpper && index > 0 && (!char.IsUpper(name[index - 1]) || (index + 1 < name.Length && char.IsLower(name[index + 1])));
            if (begins)
            {
                key.Append('-');
            }

            key.Append(char.ToLowerInvariant(name[index]));
        }

        return key.ToString();
    }

    /// <summary>Reads the value from a section's object.</summary>
    /// <param name="section">The object.</param>
    /// <returns>The value.</returns>
    public object? Get(object section)
    {
        object? value = section;
        foreach (var property in Chain)
        {
            value = value is null ? null : property.GetValue(value);
        }

        return value;
    }

    /// <summary>Writes the value into a section's object.</summary>
    /// <param name="section">The object.</param>
    /// <param name="value">The value.</param>
    public void Set(object section, object? value)
    {
        var target = section;
        for (var index = 0; index < Chain.Count - 1; index++)
        {
            var next = Chain[index].GetValue(target);
            if (next is null)
            {
                next = Activator.CreateInstance(Chain[index].PropertyType)!;
                Chain[index].SetValue(target, next);
            }

            target = next;
        }

        Property.SetValue(target, value);
    }
}
