using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Text;

/// <summary>Commands in messages, so that a person can copy them into a shell.</summary>
internal static class CommandText
{
    /// <summary>An option as it was given.</summary>
    /// <param name="name">Its name, with dashes.</param>
    /// <param name="value">Its value; null when it was not given.</param>
    /// <returns>A blank, the name and the quoted value without secrets; empty for none.</returns>
    public static string Option(string name, string? value) => value is null ? "" : $" {name} {Quote(Secrets.Redact(value))}";

    /// <summary>An argument, in single quotes where a shell would change it.</summary>
    /// <param name="argument">The argument.</param>
    /// <returns>What to type.</returns>
    public static string Quote(string argument) =>
        argument.Length > 0 && argument.All(static letter => char.IsLetterOrDigit(letter) || "/._-:@=,+%".Contains(letter, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
