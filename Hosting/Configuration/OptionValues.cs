using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Sluice.Actors.Core;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Configuration;

/// <summary>Turns written values into the types of option properties, and back.</summary>
internal static class OptionValues
{
    /// <summary>Whether a property of this type is a setting: text, number, size, duration, yes or no, a choice, a list of texts, or a type that parses itself.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsSupported(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) || type == typeof(bool) || type == typeof(TimeSpan) || type.IsEnum || IsList(type) || IsNumber(type) || ParseMethod(type) is not null;
    }

    /// <summary>Converts a written value.</summary>
    /// <param name="property">The property it is for.</param>
    /// <param name="written">The value as written.</param>
    /// <param name="value">The converted value.</param>
    /// <returns>Null, or what is wrong: <c>is not a whole number</c>.</returns>
    public static string? TryConvert(PropertyInfo property, HoconValue written, out object? value)
    {
        value = null;
        var nullable = Nullable.GetUnderlyingType(property.PropertyType);
        var type = nullable ?? property.PropertyType;
        if (IsList(type))
        {
            var items = written.Items ?? SplitList(written.Text);
            value = type == typeof(string[]) ? items.ToArray() : items.ToList();
            return null;
        }

        if (written.Items is not null)
        {
            return "must be one value, not a list";
        }

        if (written.Text is null)
        {
            return nullable is not null || (!type.IsValueType && IsNullableReference(property)) ? null : "cannot be null";
        }

        var text = written.Text.Trim();
        if (type == typeof(string))
        {
            value = written.Text;
            return null;
        }

        if (type == typeof(bool))
        {
            return ConvertBoolean(text, out value);
        }

        if (type == typeof(TimeSpan))
        {
            var isDuration = DurationText.TryParse(text, out var duration);
            value = duration;
            return isDuration ? null : "is not a duration; write a number with its unit: 500ms, 30s, 2m, 1h";
        }

        if (type.IsEnum)
        {
            return ConvertEnum(type, text, out value);
        }

        return IsNumber(type) ? ConvertNumber(type, IsSize(property), text, out value) : ConvertParsed(type, text, out value);
    }

    /// <summary>Writes a value the way it is written in <c>akka.hocon</c>.</summary>
    /// <param name="property">Its property.</param>
    /// <param name="value">The value.</param>
    /// <returns>The text.</returns>
    public static string Format(PropertyInfo property, object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        TimeSpan duration => DurationText.Format(duration),
        Enum choice => OptionKey.ToKebabCase(choice.ToString()),
        string text => text.Length == 0 ? "\"\"" : text,
        IEnumerable<string> items => $"[{string.Join(", ", items.Select(static item => $"\"{item}\""))}]",
        long or int when IsSize(property) => ByteSize.Format(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>Says which values are legal, by the property's annotations.</summary>
    /// <param name="property">The property.</param>
    /// <param name="attribute">The annotation that was violated.</param>
    /// <returns><c>must be between 1 and 10</c>.</returns>
    public static string DescribeRule(PropertyInfo property, ValidationAttribute attribute)
    {
        switch (attribute)
        {
            case RangeAttribute range:
                var (low, high) = (Bound(property, range.Minimum, range.OperandType), Bound(property, range.Maximum, range.OperandType));
                return $"must be {(range.MinimumIsExclusive ? "above" : "at least")} {low} and {(range.MaximumIsExclusive ? "below" : "at most")} {high}";
            case RequiredAttribute:
                return "must not be empty";
            case RegularExpressionAttribute { ErrorMessage: null } form:
                return $"does not have the form {form.Pattern}";
            default:
                return attribute.FormatErrorMessage("it");
        }
    }

    private static string Bound(PropertyInfo property, object bound, Type operand)
    {
        if (operand == typeof(TimeSpan))
        {
            return DurationText.Format(TimeSpan.Parse((string)bound, CultureInfo.InvariantCulture));
        }

        // Bounds of long properties arrive as double, whose conversion to decimal would round to 15 digits.
        var number = bound is double real && double.IsInteger(real) && Math.Abs(real) < long.MaxValue
            ? (long)real
            : Convert.ToDecimal(bound, CultureInfo.InvariantCulture);
        return IsSize(property) && number == decimal.Truncate(number)
            ? ByteSize.Format((long)number)
            : number.ToString("#,0.############", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a number counts bytes: its name says so.</summary>
    private static bool IsSize(PropertyInfo property) =>
        property.Name.EndsWith("Bytes", StringComparison.Ordinal) || property.Name.EndsWith("Weight", StringComparison.Ordinal);

    private static bool IsList(Type type) =>
        type == typeof(string[]) || type == typeof(List<string>) || type == typeof(IReadOnlyList<string>) || type == typeof(IList<string>)
        || type == typeof(IEnumerable<string>) || type == typeof(IReadOnlyCollection<string>) || type == typeof(ICollection<string>);

    private static bool IsNumber(Type type) =>
        type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(float) || type == typeof(short) || type == typeof(byte);

    private static bool IsNullableReference(PropertyInfo property) =>
        new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static string[] SplitList(string? text) =>
        text is null ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string? ConvertBoolean(string text, out object? value)
    {
        value = text.ToUpperInvariant() switch
        {
            "TRUE" or "ON" or "YES" or "1" => true,
            "FALSE" or "OFF" or "NO" or "0" => false,
            _ => null,
        };
        return value is null ? "is neither true nor false" : null;
    }

    private static string? ConvertEnum(Type type, string text, out object? value)
    {
        var names = Enum.GetNames(type);
        var keys = Array.ConvertAll(names, OptionKey.ToKebabCase);
        text = type == typeof(SearchMode) && text.Equals("fts", StringComparison.OrdinalIgnoreCase) ? "full-text" : text; // As it is called elsewhere.
        text = type == typeof(PruneMode) && ConvertBoolean(text, out var flag) is null ? (bool)flag! ? "ask" : "never" : text; // As it was written once.
        var index = Array.FindIndex(keys, key => string.Equals(key, text, StringComparison.OrdinalIgnoreCase));
        value = index < 0 ? null : Enum.Parse(type, names[index]);
        return index < 0 ? $"is none of {string.Join(", ", keys)}{Suggestions.DidYouMean(Suggestions.Nearest(text, keys))}" : null;
    }

    private static string? ConvertNumber(Type type, bool isSize, string text, out object? value)
    {
        value = null;
        if (type == typeof(double) || type == typeof(float))
        {
            var percent = text.EndsWith('%');
            if (!double.TryParse(percent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || !double.IsFinite(real))
            {
                return "is not a number";
            }

            value = Convert.ChangeType(percent ? real / 100 : real, type, CultureInfo.InvariantCulture);
            return null;
        }

        if (isSize)
        {
            if (!ByteSize.TryParse(text, out var bytes))
            {
                return "is not a size; write bytes, or a number with its unit: 512KiB, 64MiB, 2GiB";
            }

            return Narrow(type, bytes, out value);
        }

        return decimal.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var whole)
            ? Narrow(type, whole, out value)
            : "is not a whole number";
    }

    private static string? Narrow(Type type, decimal number, out object? value)
    {
        try
        {
            value = Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
            return null;
        }
        catch (OverflowException)
        {
            value = null;
            return "is too large";
        }
    }

    private static string? ConvertParsed(Type type, string text, out object? value)
    {
        try
        {
            value = ParseMethod(type)!.Invoke(null, [text, CultureInfo.InvariantCulture]);
            return null;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is FormatException or OverflowException or ArgumentException)
        {
            value = null;
            var message = exception.InnerException.Message;
            return $"cannot be read: {message}";
        }
    }

    /// <summary>The static <c>Parse(string, IFormatProvider)</c> of a type that parses itself.</summary>
    private static MethodInfo? ParseMethod(Type type) =>
        type.GetMethod("Parse", BindingFlags.Public | BindingFlags.Static, [typeof(string), typeof(IFormatProvider)]);
}
