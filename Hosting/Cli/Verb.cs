using System.CommandLine;

namespace Sluice.Hosting.Cli;

/// <summary>A verb of the program: what it takes, what help says of it, and what it does.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does, in a line.</param>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Examples for help: command and meaning.</summary>
    public virtual IReadOnlyList<(string Command, string Meaning)> Examples => [];

    /// <summary>Settings that the options of this command line stand for.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <returns>The settings, with the option's name for messages.</returns>
    public virtual IEnumerable<Configuration.CommandLineSetting> Settings(ParseResult line) => [];

    /// <summary>Does it.</summary>
    /// <param name="context">What it needs.</param>
    /// <returns>The exit code.</returns>
    public abstract Task<int> RunAsync(VerbContext context);

    /// <summary>Lowest level of log messages to show where the user set none; null for the shipped one.</summary>
    public virtual Microsoft.Extensions.Logging.LogLevel? DefaultLogLevel => null;

    /// <summary>A setting by an option, if the option was given.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="option">The option.</param>
    /// <param name="path">The setting's path below <c>sluice</c>.</param>
    /// <returns>One setting or none.</returns>
    protected static IEnumerable<Configuration.CommandLineSetting> Setting(ParseResult line, Option<string?> option, string path) =>
        line.GetValue(option) is { } value ? [new(path, value, $"option {option.Name} {value}")] : [];

    /// <summary>A list setting by a repeatable option, if the option was given.</summary>
    /// <param name="line">The parsed command line.</param>
    /// <param name="option">The option.</param>
    /// <param name="path">The setting's path below <c>sluice</c>.</param>
    /// <returns>One setting or none.</returns>
    protected static IEnumerable<Configuration.CommandLineSetting> Setting(ParseResult line, Option<string[]> option, string path) =>
        line.GetValue(option) is { Length: > 0 } values ? [new(path, "", $"option {option.Name}", values)] : [];
}
